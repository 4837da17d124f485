#!/usr/bin/env python3
"""Adds up the cases of a `meson test` run: prints "PASSED FAILED".

  count_cases.py BUILD/meson-logs/testlog.json

doctest's summary and a last line "N passed, N failed" count case by case; any other test counts as one.
A test that failed without saying which case (a crash, a timeout) is one failed case.
"""
import json
import re
import sys

DOCTEST = re.compile(r'test cases:\s+\d+ \|\s+(\d+) passed \|\s+(\d+) failed')
PLAIN = re.compile(r'^(\d+) passed, (\d+) failed$', re.M)

passed = failed = 0
with open(sys.argv[1], encoding='utf-8', errors='replace') as log:
    for line in log:
        test = json.loads(line)
        if test['result'] == 'SKIP':
            continue
        good = test['result'] in ('OK', 'EXPECTEDFAIL')
        said = test.get('stdout') or ''
        counts = DOCTEST.findall(said) or PLAIN.findall(said)[-1:] or ([('1', '0')] if good else [])
        test_failed = sum(int(f) for _, f in counts)
        passed += sum(int(p) for p, _ in counts)
        failed += test_failed if good else max(test_failed, 1)
print(passed, failed)
