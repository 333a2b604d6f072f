"""stress-ng's malloc stressor, with threads, checking what it wrote."""

import re

from trial import require


def use(trial, operations):
    def run(allocator):
        result = allocator.run(
            ["stress-ng", "--malloc", "2", "--malloc-ops", operations, "--malloc-pthreads", "2",
             "--malloc-max", "2048", "--malloc-bytes", "1m", "--malloc-touch", "--verify",
             "--timeout", "120", "--metrics-brief"],
            cwd=trial.fresh_folder(), seconds=180).succeeded()
        text = result.out + result.err
        require("successful run completed" in text, text)
        done = re.search(r"\] malloc +(\d+) ", text)
        require(done and int(done[1]) >= operations, text)
        # Its workers end by _exit and tell no statistics; each operation is an allocation.
        allocator.calls += int(done[1])
        return result.status

    trial.compare_results(run)


def smoke(trial):
    use(trial, 5_000)


def full(trial):
    use(trial, 200_000)
