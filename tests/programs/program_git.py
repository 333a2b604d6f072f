"""git: a repository built from nothing, repacked with threads, cloned, searched and checked."""

IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}


def write_files(folder, file_count, version):
    for number in range(file_count):
        lines = [f"file {number} line {line} {'x' * (line * number % 60)}" for line in range(80)]
        lines[version % 80] = f"changed in version {version}"
        path = folder / f"d{number % 20}" / f"f{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


def use(trial, file_count, commit_count):
    def session(allocator):
        folder = trial.fresh_folder()
        told = []

        def git(*words, cwd=folder):
            result = allocator.run(["git", *words], cwd=cwd, environment=IDENTITY, seconds=300)
            told.append(result.succeeded().out)

        git("init", "-q", "-b", "main", ".")
        git("config", "gc.auto", "0")
        for version in range(commit_count):
            write_files(folder, file_count, version)
            git("add", "-A")
            git("commit", "-q", "-m", f"version {version}")
        git("-c", "pack.threads=4", "repack", "-adfq", "--depth=50", "--window=20")
        git("log", "--stat", "--format=%H %s")
        git("diff", "HEAD~1", "--stat")
        git("blame", "d3/f3.txt")
        git("grep", "-c", "changed in version", "HEAD")
        git("clone", "-q", "--no-local", ".", "copy")
        git("fsck", "--full", "--strict", cwd=folder / "copy")
        git("rev-parse", "HEAD", cwd=folder / "copy")
        return told

    trial.compare_results(session)


def smoke(trial):
    use(trial, file_count=40, commit_count=3)


def full(trial):
    use(trial, file_count=1_000, commit_count=8)
