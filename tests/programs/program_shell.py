"""ls and bash."""

from trial import require

LOOP = """
declare -A seen
for ((i = 0; i < {count}; i++)); do
  word="w$((i * 7919 % 1000))"
  seen[$word]="${{seen[$word]}}x$i"
  list+=("$word")
done
printf '%s\\n' "${{list[@]}}" | sort | uniq -c | sort -rn | head -20
for word in "${{!seen[@]}}"; do printf '%s %d\\n' "$word" "${{#seen[$word]}}"; done | sort | md5sum
for i in 1 2 3 4 5; do (echo "child $i: ${{#list[@]}}"); done
exit 5
"""


def use(trial, folders, count):
    require(trial.compare(["ls", "-laR", *folders]).status == 0, "ls failed")
    require(trial.compare(["bash", "-c", LOOP.format(count=count)]).status == 5, "bash failed")


def smoke(trial):
    use(trial, ["/usr/include/linux"], 2_000)


def full(trial):
    use(trial, ["/usr/share", "/usr/lib"], 20_000)
