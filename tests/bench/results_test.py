#!/usr/bin/env python3
"""Runs a suite of wisp-bench on few rows and checks what it writes.

  results_test.py WISP_BENCH SUITE

The program itself gives up when a system does not read back what was written, or reads anything else
than the other systems; here it is the shape of results.json, whose names are kept for ever.
"""
import json
import subprocess
import sys
import tempfile

RECORD = {'suite', 'workload', 'system', 'columns', 'present_pct', 'metric', 'unit', 'value', 'repeats',
          'spread'}
SYSTEMS = {'wisp', 'wisp_unchecked', 'protobuf', 'flatbuffers', 'capnp', 'capnp_packed', 'sqlite',
           'rocksdb_entity', 'rocksdb_bare', 'plain_struct', 'msgpack', 'lmdb_flatbuffers'}
# By suite: what to run, the columns of the workload and its density, and metrics that Wisp must have.
SUITES = {
    'codec': ('^synthetic_random/70/', 70, 50,
              ['bytes_raw', 'bytes_lz4', 'bytes_zstd', 'encode', 'read_int', 'read_text', 'read_int_chain',
               'read_text_chain', 'read_null', 'read_5', 'visit_present', 'verify', 'update_1', 'equal',
               'batch_3', 'read_int_dram', 'read_5_dram', 'visit_present_dram']),
    'engine': ('/(wisp|rocksdb_bare|sqlite|lmdb_flatbuffers)/(multi_)?get_3$', 700, 5,
               ['get_3', 'multi_get_3']),
}

passed = failed = 0


def check(what, good):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print('FAILED:', what)


program, suite = sys.argv[1:]
only, columns, present_pct, metrics = SUITES[suite]
with tempfile.TemporaryDirectory() as folder:
    run = subprocess.run([program, suite, '--quick', '--out', folder, '--data', folder, '--filter', only],
                         capture_output=True, text=True)
    check('exit status 0: ' + run.stderr, run.returncode == 0)
    check('a table and the targets on the terminal',
          f'{columns} columns, {present_pct} % present' in run.stdout and '\nTargets\n' in run.stdout)
    with open(folder + '/results.json', encoding='utf-8') as file:
        results = json.load(file)
check('machine, build, records', set(results) == {'machine', 'build', 'records'})
check('the RocksDB build is told', 'rocksdb_build' in results['build'])
records = [r for r in results['records'] if r['workload'] == 'synthetic_random']
check('every record has the same fields', all(set(r) == RECORD for r in records))
check('known systems', {r['system'] for r in records} <= SYSTEMS)
check('one suite', {r['suite'] for r in records} == {suite})
check('one table', {(r['columns'], r['present_pct']) for r in records} == {(columns, present_pct)})
check('figures above zero', all(r['value'] > 0 and r['repeats'] > 0 for r in records))
check('no figure twice', len({(r['system'], r['metric']) for r in records}) == len(records))
for metric in metrics:
    check('wisp has ' + metric, any(r['system'] == 'wisp' and r['metric'] == metric for r in records))

for mistake in [['nonsense'], [suite, '--nonsense'], [suite, '--out']]:
    run = subprocess.run([program, *mistake], capture_output=True, text=True)
    check(f'{mistake}: usage, status 2', run.returncode == 2 and run.stderr.startswith('usage: '))

print(f'{passed} passed, {failed} failed')
sys.exit(failed != 0)
