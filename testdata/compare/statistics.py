"""Writes testdata/statistics.tsv: what SciPy says of shares and tails. Development only; the tests read the table.

python3 -m venv env && env/bin/pip install scipy==1.17.1 && env/bin/python testdata/compare/statistics.py > testdata/statistics.tsv
"""

import random

import scipy
from scipy.stats import binom, binomtest, hypergeom


def least(part, drawn, whole):
    """The least number of marked among the whole for which `part` or more of those drawn is not below 2.5 %.

    What is 2.5 % but for the last digits belongs to it.
    """
    low, high = part, whole - (drawn - part)
    while low < high:
        middle = (low + high) // 2
        if hypergeom.sf(part - 1, whole, middle, drawn) >= 0.025 * (1 - 1e-8):
            high = middle
        else:
            low = middle + 1
    return low


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
    print("# claimed: records, of records drawn, of records claimed, at least, at most (95 %, by hypergeom.sf)")
    for whole in (1, 7, 60, 501, 5000, 650_000):
        for drawn in sorted({1, 20, 199, 500, 5000, whole // 2, whole - 1, whole}):
            if 0 < drawn <= whole:
                for part in sorted({0, 1, drawn // 3, drawn * 7 // 10, drawn - 1, drawn}):
                    ends = least(part, drawn, whole), whole - least(drawn - part, drawn, whole)
                    print(f"claimed\t{part}\t{drawn}\t{whole}\t{ends[0]}\t{ends[1]}")
    print("# none: marked, drawn, of so many; the probability that no marked one is drawn (hypergeom.pmf)")
    for whole in (10, 400, 3000, 100_000, 5_000_000):
        for drawn in sorted({1, 5, whole // 100, whole // 3, whole // 2}):
            for marked in sorted({1, 3, 10, whole // 200, whole // 10}):
                none = float(hypergeom.pmf(0, whole, marked, drawn)) if drawn else 0
                if none > 1e-250:
                    print(f"none\t{marked}\t{drawn}\t{whole}\t{none!r}")


if __name__ == "__main__":
    main()
