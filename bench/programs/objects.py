"""objects.py: an allocation-heavy Python program for comparing allocators.

Builds and drops what Python programs are made of: records in dicts and lists, strings, JSON text,
a tree of small objects, sorted and grouped copies. Prints a checksum, which must be the same under
every allocator.
"""

import collections
import json
import random
import re
import zlib

ROUNDS = 6
RECORDS = 12_000
TREE_DEPTH = 13


class Node:
    """A node of a binary tree, with a dict of its own as most Python objects have."""

    def __init__(self, key, left, right):
        self.key = key
        self.left = left
        self.right = right


def build_tree(depth, key=1):
    if depth == 0:
        return None
    return Node(str(key), build_tree(depth - 1, 2 * key), build_tree(depth - 1, 2 * key + 1))


def tree_sum(node):
    if node is None:
        return 0
    return int(node.key) + tree_sum(node.left) + tree_sum(node.right)


def make_records(numbers):
    return [
        {
            "id": i,
            "name": f"name-{numbers.randrange(1000)}",
            "tags": [f"tag{numbers.randrange(50)}" for _ in range(numbers.randrange(6))],
            "text": "word " * numbers.randrange(1, 40),
            "score": numbers.random(),
        }
        for i in range(RECORDS)
    ]


def group_by_name(records):
    groups = collections.defaultdict(list)
    for record in records:
        groups[record["name"]].append(record)
    return {name: sorted(group, key=lambda r: r["score"]) for name, group in groups.items()}


def main():
    numbers = random.Random(1)
    checksum = 0
    survivors = []
    for _ in range(ROUNDS):
        records = make_records(numbers)
        text = json.dumps(records)
        copies = json.loads(text)
        groups = group_by_name(copies)
        words = collections.Counter(re.findall(r"[a-z]+\d*", text[:500_000]))
        survivors.append({name: group[0] for name, group in groups.items()})
        checksum = zlib.crc32(text.encode(), checksum)
        checksum ^= sum(words.values()) + tree_sum(build_tree(TREE_DEPTH))
    checksum ^= sum(len(names) for names in survivors)
    print(f"{checksum:08x}")


if __name__ == "__main__":
    main()
