#!/usr/bin/env python3
"""Checks that need the compiler's verdict: what must not compile, and what must compile alone.

  compile_cases.py BUILD SOURCE cases FOLDER       each bad case fails, its good twin compiles
  compile_cases.py BUILD SOURCE headers LAYER...   every header of the layers compiles by itself

A case is one .cc file that holds both twins, told apart by WISP_GOOD_TWIN, and says above its code:

  // layer: engine                   whose compiler flags it is compiled with
  // expect: use of deleted          a regular expression the compiler's errors must match
  // flags: -Werror=unused-result    optional
  // elsewhere: engine               optional: a layer whose flags the bad twin does compile with

Flags come from the layer's own entry in compile_commands.json, so the include roots checked here are the
ones the layer is built with. Ends with "N passed, N failed".
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

DROPPED = {'-c', '-MD', '-pipe'}
DROPPED_WITH_VALUE = {'-o', '-MQ', '-MF'}


def layer_command(build, source, layer):
    """The compiler and flags of the layer's library and the folder they are relative to, or None when it is
    not built here."""
    folder = (source / layer).resolve()
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        path = (pathlib.Path(entry['directory']) / entry['file']).resolve()
        if folder not in path.parents:
            continue
        words = shlex.split(entry['command'])
        kept, skip = [], False
        for word in words:
            if skip:
                skip = False
            elif word in DROPPED_WITH_VALUE:
                skip = True
            elif word not in DROPPED and word != entry['file']:
                kept.append(word)
        return kept + ['-fsyntax-only', '-x', 'c++'], entry['directory']
    return None


def compile_errors(command, directory, text, extra=()):
    """None when `text` compiles, else what the compiler said."""
    run = subprocess.run(command + list(extra) + ['-'], cwd=directory, input=text, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env=dict(os.environ, LC_ALL='C'), check=False)
    return None if run.returncode == 0 else run.stdout or f'exit code {run.returncode}'


def check_case(path, build, source):
    """None when the case holds, else why not."""
    text = path.read_text()
    said = dict(re.findall(r'^// (layer|expect|flags|elsewhere): (.+)$', text, re.M))
    if not {'layer', 'expect'} <= said.keys() or 'WISP_GOOD_TWIN' not in text:
        return 'says no layer or no expectation, or has no good twin'
    if (found := layer_command(build, source, said['layer'])) is None:
        return f'compile_commands.json has no source of {said["layer"]}/'
    command, directory = found
    command = command + shlex.split(said.get('flags', ''))
    text = f'#line 1 "{path.name}"\n{text}'
    errors = compile_errors(command, directory, text, ['-DWISP_GOOD_TWIN'])
    if errors is not None:
        return f'the good twin does not compile:\n{errors}'
    errors = compile_errors(command, directory, text)
    if errors is None:
        return 'the bad twin compiles'
    if not re.search(said['expect'], errors):
        return f'fails for another reason than /{said["expect"]}/:\n{errors}'
    if 'elsewhere' in said and (found := layer_command(build, source, said['elsewhere'])) is not None:
        errors = compile_errors(found[0], found[1], text)
        if errors is not None:
            return f'the bad twin does not compile in {said["elsewhere"]}/ either:\n{errors}'
    return None


def check_header(path, layer, build, source):
    if (found := layer_command(build, source, layer)) is None:
        return f'compile_commands.json has no source of {layer}/'
    command, directory = found
    name = path.relative_to(source)
    line = f'#include "wisp/{name}"\n' if layer in ('schema', 'codec', 'engine') else f'#include "{path}"\n'
    # Twice: a missing include guard is an error of the header too.
    return compile_errors(command, directory, line * 2)


def main():
    build, source = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    jobs = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        if sys.argv[3] == 'cases':
            for path in sorted(pathlib.Path(sys.argv[4]).glob('*.cc')):
                jobs[path.name] = pool.submit(check_case, path, build, source)
        else:
            for layer in sys.argv[4:]:
                for path in sorted((source / layer).rglob('*.h')):
                    if path.name.endswith('_inl.h'):
                        continue  # a body that one source includes per kernel, not a header
                    jobs[str(path.relative_to(source))] = pool.submit(check_header, path, layer, build, source)
    failed = 0
    for name, job in jobs.items():
        if (why := job.result()) is not None:
            failed += 1
            print(f'{name}: {why}')
    print(f'{len(jobs) - failed} passed, {failed} failed')
    return 1 if failed or not jobs else 0


if __name__ == '__main__':
    sys.exit(main())
