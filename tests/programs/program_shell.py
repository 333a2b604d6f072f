"""ls and bash."""

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


def smoke(trial):
    trial.compare(["ls", "-la", "/usr/include", "/usr/bin"])
    trial.compare(["bash", "-c", LOOP.format(count=2_000)])


def full(trial):
    trial.compare(["ls", "-laR", "/usr/share", "/usr/lib"])
    trial.compare(["bash", "-c", LOOP.format(count=40_000)])
