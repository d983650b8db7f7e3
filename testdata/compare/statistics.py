"""Writes testdata/statistics.tsv: what SciPy says of shares and tails. Development only; the tests read the table.

python3 -m venv env && env/bin/pip install scipy==1.17.1 && env/bin/python testdata/compare/statistics.py > testdata/statistics.tsv
"""

import random

import scipy
from scipy.stats import binom, binomtest


def main():
    draw = random.Random(20261126)
    print(f"# by SciPy {scipy.__version__}")
    print("# share: records, of records, ends of the exact 95 % interval (binomtest, proportion_ci)")
    for size in (1, 2, 5, 17, 60, 100, 384, 1000, 5000, 22_800, 650_000, 10_000_000):
        some = {0, 1, size // 1000, size // 3, size // 2, size - 1, size} | {draw.randint(0, size) for _ in range(4)}
        for part in sorted(part for part in some if 0 <= part <= size):
            ends = binomtest(part, size).proportion_ci(0.95, "exact")
            print(f"share\t{part}\t{size}\t{ends.low!r}\t{ends.high!r}".replace("np.float64(", "").replace(")", ""))
    print("# tail: at least so many, of so many, each with the probability; the probability (binom.sf)")
    for size in (1, 5, 20, 100, 1000, 5000, 100_000):
        for each in (1e-6, 0.001, 0.01, 0.05, 0.3, 0.5, 0.9, 0.999):
            mean = size * each
            some = {1, size, round(mean), round(mean * 1.1) + 1, round(mean + 4 * mean**0.5), draw.randint(1, size)}
            for part in sorted(part for part in some if 1 <= part <= size):
                tail = float(binom.sf(part - 1, size, each))
                if tail > 1e-250:
                    print(f"tail\t{part}\t{size}\t{each!r}\t{tail!r}")


if __name__ == "__main__":
    main()
