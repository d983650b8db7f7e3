#!/usr/bin/env python3
"""Compares leakdex with independent implementations, and lists every disagreement.

Not part of the tests. Every value is made here, from a seed; none belongs to a person on purpose.

    python3 -m venv venv && venv/bin/pip install -r testdata/compare/requirements.txt
    cargo build
    venv/bin/python testdata/compare/compare.py [--leakdex target/debug/leakdex] [--seed 1] [--values 2000] [PART ...]

Parts: national_id, check_digits, phone, email, domain; all of them unless named. Output: for every part how many values were
compared and how many agree; for every group of disagreements who says what, how often, two examples, and the verdict of
verdicts.py. A group without a verdict ends the run with status 1: look it up, then mend one of the two, or write the
verdict down.

python-stdnum is under the LGPL: it is asked here, and nothing of it is copied into the program.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter, defaultdict

import national_id
import others
from verdicts import verdict


def ask(program, kind, region, values):
    """What leakdex says of values of a kind: (canonical forms by variant, or None; reason, or None) for each."""
    command = [program, "explain", "--json", "--kind", kind] + (["--region", region] if region else [])
    lines = "".join(value.replace("\n", " ") + "\n" for value in values)
    run = subprocess.run(command, input=lines.encode("utf-8", "surrogateescape"), stdout=subprocess.PIPE, check=True)
    answers = []
    for line in run.stdout.splitlines():
        said = json.loads(line)["kinds"][0]
        if said["accepted"]:
            answers.append(({form["variant"]: form["canonical"] for form in reversed(said["forms"])}, None))
        else:
            answers.append((None, said["reason"]))
    assert len(answers) == len(values), (kind, region, len(answers), len(values))
    return answers


class Comparison:
    """The agreement of one part, and its disagreements by group."""

    def __init__(self, part):
        self.part = part
        self.compared = Counter()
        self.agreed = Counter()
        self.groups = defaultdict(list)

    def take(self, name, value, ours, theirs):
        """`ours` and `theirs` are canonical forms, or None and why: (form, reason)."""
        self.compared[name] += 1
        if ours[0] == theirs[0]:
            self.agreed[name] += 1
        else:
            says = lambda said: "accepts" if said[0] is not None else f"refuses ({said[1]})"
            both = ours[0] is not None and theirs[0] is not None
            key = (name, "another form" if both else says(ours), "another form" if both else says(theirs))
            self.groups[key].append((value, ours[0], theirs[0]))

    def report(self):
        """Prints the part; says how many groups have no verdict."""
        compared, agreed = sum(self.compared.values()), sum(self.agreed.values())
        print(f"\n## {self.part}: {compared:,} values, {agreed:,} agree ({100 * agreed / max(compared, 1):.3f} %)")
        for name, count in self.compared.items():
            print(f"  {name}: {self.agreed[name]:,} of {count:,}")
        unknown = 0
        for (name, ours, theirs), cases in sorted(self.groups.items()):
            left = defaultdict(list)
            for case in cases:
                left[verdict(self.part, name, ours, theirs, *case)].append(case)
            for text, cases in left.items():
                unknown += text is None
                print(f"- {name}: leakdex {ours}, the other {theirs}: {len(cases):,}. {text or 'NO VERDICT'}")
                for value, own, other in cases[:2]:
                    print(f"    {value!r}: {own!r}, {other!r}")
        return unknown


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--leakdex", default="target/debug/leakdex")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--values", type=int, default=2000, help="values of every rule")
    arguments = parser.parse_args()
    parts = {"national_id": national_id.compare, **others.PARTS}
    unknown = 0
    for name in arguments.parts or parts:
        comparison = Comparison(name)
        source = random.Random(f"{arguments.seed} {name}")
        parts[name](comparison, lambda *question: ask(arguments.leakdex, *question), source, arguments.values)
        unknown += comparison.report()
    print(f"\n{unknown} groups have no verdict")
    sys.exit(1 if unknown else 0)


if __name__ == "__main__":
    main()
