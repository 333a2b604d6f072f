"""stress-ng's malloc stressor, with threads, checking what it wrote."""

from trial import require


def use(trial, operations):
    def run(allocator):
        result = allocator.run(
            ["stress-ng", "--malloc", "2", "--malloc-ops", operations, "--malloc-pthreads", "2",
             "--malloc-max", "2048", "--malloc-bytes", "1m", "--malloc-touch", "--verify",
             "--timeout", "120"],
            cwd=trial.fresh_folder(), seconds=180)
        require("successful run completed" in result.out + result.err, str(result))
        return result.status

    require(trial.compare_results(run) == 0, "stress-ng found something")


def smoke(trial):
    use(trial, 5_000)


def full(trial):
    use(trial, 100_000)
