#!/usr/bin/env python3
"""RocksDB is included by engine/store/rocks/ alone (and where it is measured as a peer or plays the host).

  store_seam.py SOURCE
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]rocksdb/', re.M)
ALLOWED = ('engine/store/rocks/', 'bench/', 'tests/engine/read_allocations_test.cc', 'tests/engine/rocks_interop_test.cc',
           'tests/engine/disk_full_test.cc', 'tests/engine/write_stall_test.cc')

# The rule has to be able to fail.
assert INCLUDE.search('#include <rocksdb/db.h>') and not INCLUDE.search('// see rocksdb/db.h')

source = pathlib.Path(sys.argv[1])
files = [path for layer in ('schema', 'codec', 'engine', 'tools', 'bench', 'tests')
         for path in (source / layer).rglob('*') if path.suffix in ('.h', '.cc')]
wrong = [path for path in files
         if INCLUDE.search(path.read_text(errors='replace'))
         and not str(path.relative_to(source)).startswith(ALLOWED)]
for path in wrong:
    print(f'{path.relative_to(source)} includes RocksDB; only engine/store/rocks/ may')
failed = 1 if wrong or not files else 0
print(f'{1 - failed} passed, {failed} failed')
sys.exit(failed)
