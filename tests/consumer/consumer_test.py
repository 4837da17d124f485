#!/usr/bin/env python3
"""Installs into a temporary folder and uses what was installed as a stranger would.

  consumer_test.py BUILD SOURCE COMPILER...

Programs are built with pkg-config and with CMake against the installed files, README's example and the
program of docs/embedding.md are taken out of their pages, built and run, the server of examples/ answers a session,
and wisp-codec is installed alone and used without RocksDB. WISP_MESON names meson. Ends with "N passed, N failed".
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

BUILD, SOURCE = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
COMPILER = sys.argv[3:]
HERE = SOURCE / 'tests' / 'consumer'
MESON = os.environ.get('WISP_MESON', 'meson')


def run(*command, **how):
    """What the command printed; a failure carries all of its output."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, stdin=subprocess.DEVNULL, check=False, **how)
    if done.returncode != 0:
        raise AssertionError(f'{" ".join(map(str, command))}: exit code {done.returncode}\n{done.stdout}')
    return done.stdout


def expect_failure(message, *command, **how):
    try:
        run(*command, **how)
    except AssertionError as failure:
        assert re.search(message, str(failure)), f'failed without saying /{message}/: {failure}'
    else:
        raise AssertionError(f'{" ".join(map(str, command))}: succeeded, but should say /{message}/')


def expect_equal(got, wanted):
    assert got == wanted, f'got\n{got}\ninstead of\n{wanted}'


class Installed:
    """An installed prefix inside a temporary folder."""

    def __init__(self, build, destination):
        run(MESON, 'install', '-C', build, '--no-rebuild', '--destdir', destination)
        found = list(destination.rglob('pkgconfig/wisp-codec.pc'))
        assert len(found) == 1, f'wisp-codec.pc stands in {found}'
        self.root = destination
        self.pkgconfig = found[0].parent
        self.libdir = self.pkgconfig.parent
        include, = destination.rglob('wisp/schema/schema.h')
        self.include = include.parents[2]
        self.prefix = self.include.parent

    def environment(self):
        path = os.environ.get('PKG_CONFIG_PATH')
        return dict(os.environ, PKG_CONFIG_PATH=f'{self.pkgconfig}:{path}' if path else str(self.pkgconfig))

    def flags(self, package):
        return run('pkg-config', '--cflags', '--libs', package, env=self.environment()).split()

    def build(self, package, program, output):
        run(*COMPILER, '-std=c++20', '-Wall', '-Wextra', '-Werror', program, '-o', output,
            *self.flags(package), f'-Wl,-rpath,{self.libdir}')

    def cmake(self, folder, component, source, version=''):
        return ['cmake', '-S', HERE, '-B', folder, f'-DCMAKE_PREFIX_PATH={self.prefix}',
                f'-DCOMPONENT={component}', f'-DSOURCE={source}', f'-DVERSION={version}',
                f'-DCMAKE_CXX_COMPILER={COMPILER[-1]}']

    def headers(self, *layers):
        return sorted(path.relative_to(self.include) for layer in layers
                      for path in (self.include / 'wisp' / layer).rglob('*.h'))

    def headers_compile(self, package, *layers):
        lines = ''.join(f'#include <{header}>\n' for header in self.headers(*layers))
        assert lines
        source = self.root / 'all_headers.cc'
        source.write_text(lines)
        run(*COMPILER, '-std=c++20', '-fsyntax-only', source, *self.flags(package))


def readme_example():
    """The first C++ block of README.md and the output it promises behind it."""
    readme = (SOURCE / 'README.md').read_text()
    found = re.search(r'```cpp\n(.*?)```.*?```text\n(.*?)```', readme, re.S)
    assert found, 'README.md has no ```cpp block with a ```text block behind it'
    return found.groups()


def market_with_pkg_config(installed, work):
    installed.build('wisp', HERE / 'market.cc', work / 'market')
    expect_equal(run(work / 'market', cwd=work), '1.25 NULL here\n')


def market_with_cmake(installed, work):
    run(*installed.cmake(work / 'cmake', 'wisp', 'market.cc', '0.1'))
    run('cmake', '--build', work / 'cmake')
    expect_equal(run(work / 'cmake' / 'consumer', cwd=work), '1.25 NULL here\n')


def cmake_refuses_other_version(installed, work):
    expect_failure(r'compatible\s+with requested version', *installed.cmake(work / 'cmake', 'wisp', 'market.cc', '0.999'))


def readme_runs(installed, work):
    program, output = readme_example()
    (work / 'readme.cc').write_text(program)
    installed.build('wisp', work / 'readme.cc', work / 'readme')
    expect_equal(run(work / 'readme', cwd=work), output)


def tutorial_program():
    """The C++ blocks of docs/embedding.md as one program, and what its text blocks promise."""
    page = (SOURCE / 'docs' / 'embedding.md').read_text()
    top, *steps = re.findall(r'```cpp\n(.*?)```', page, re.S)
    assert len(steps) > 10, 'docs/embedding.md has lost its blocks'
    return (top + 'static wisp::Status tutorial() {\n' + ''.join(steps) + 'return {};\n}\n'
            'int main() {\n  const wisp::Status done = tutorial();\n'
            '  if (!done) std::puts(done.error().to_string().c_str());\n  return done ? 0 : 1;\n}\n',
            ''.join(re.findall(r'```text\n(.*?)```', page, re.S)))


def tutorial_runs(installed, work):
    program, output = tutorial_program()
    (work / 'tutorial.cc').write_text(program)
    installed.build('wisp', work / 'tutorial.cc', work / 'tutorial')
    expect_equal(run(work / 'tutorial', cwd=work), output)


class Server:
    """examples/rowserver.cc, running; talk(line) gives the lines of the reply."""

    def __init__(self, program, work):
        self.path = work / 'socket'
        self.process = subprocess.Popen([program, work / 'db', self.path], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == 'ready\n'

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        client.connect(str(self.path))
        return client.makefile('rw')

    @staticmethod
    def talk(connection, line):
        connection.write(line + '\n')
        connection.flush()
        lines = []
        while not lines or not re.match('OK|ERROR', lines[-1]):
            lines.append(connection.readline().rstrip('\n'))
            assert lines[-1], f'{line}: the server hung up'
        return lines

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0
        assert not self.path.exists()


def server_session(installed, work):
    installed.build('wisp', SOURCE / 'examples' / 'rowserver.cc', work / 'rowserver')
    server = Server(work / 'rowserver', work)
    try:
        first, second = server.connect(), server.connect()
        for line, reply in (
                ('CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR, born DATE, tags VARCHAR ARRAY)', ['OK']),
                ('CREATE TABLE log (line VARCHAR)', ['OK']),
                ('TABLES', ['log', 'people', 'OK']),
                ('PUT people {"id":1,"name":"Ann","tags":["x",null]}', ['OK']),
                ('PUT people {"id":2,"name":"Bo","born":"1999-12-31"}', ['OK']),
                ('UPDATE people {"id":1,"born":"2001-02-03"}', ['OK']),
                ('SCAN people WHERE born > \'2000-01-01\'',
                 ['{"id":1,"name":"Ann","born":"2001-02-03","tags":["x",null]}', 'OK']),
                ('SCAN people LIMIT 1', ['{"id":1,"name":"Ann","born":"2001-02-03","tags":["x",null]}', 'OK']),
                ('UPDATE people {"id":2,"name":null}', ['OK']),
                ('GET people {"id":2}', ['{"id":2,"born":"1999-12-31"}', 'OK']),
                ('ALTER TABLE people ADD COLUMN points INT DEFAULT 3, DROP COLUMN tags', ['OK']),
                ('GET people {"id":2}', ['{"id":2,"born":"1999-12-31","points":3}', 'OK']),
                ('ERASE people {"id":2}', ['OK'])):
            expect_equal(server.talk(first, line), reply)
        row_id, ok = server.talk(second, 'PUT log {"line":"hello"}')
        expect_equal(ok, 'OK')
        expect_equal(server.talk(second, f'GET log {row_id}'), [row_id[:-1] + ',"line":"hello"}', 'OK'])
        for line, refusal in (('GET people {"id":2}', 'not found'), ('GET people {"id":"x"}', 'id'),
                              ('UPDATE people {"id":9,"points":1}', 'not found'),
                              ('SCAN people WHERE nam = 1', 'name'), ('SELECT 1', 'SELECT'),
                              ('PUT nobody {}', 'nobody'), ('SCAN people LIMIT x', 'LIMIT')):
            said, = server.talk(second, line)
            assert said.startswith('ERROR') and refusal in said.replace('_', ' '), said
    finally:
        server.stop()
    # What was acknowledged is there again.
    server = Server(work / 'rowserver', work)
    try:
        expect_equal(server.talk(server.connect(), 'SCAN people'),
                     ['{"id":1,"name":"Ann","born":"2001-02-03","points":3}', 'OK'])
    finally:
        server.stop()
    server_ends(work)


def server_ends(work):
    """A killed server leaves its socket to the next one; a client that does not read keeps none from ending."""
    server = Server(work / 'rowserver', work)
    server.process.kill()
    server.process.wait(60)
    assert server.path.exists()
    server = Server(work / 'rowserver', work)
    try:
        expect_failure('socket: another server, or a file, is there', work / 'rowserver', work / 'other', server.path)
        expect_failure('too long', work / 'rowserver', work / 'other', work / ('x' * 108))
        deaf = server.connect()
        Server.talk(deaf, 'PUT log {"line":"' + 'x' * 4000000 + '"}')
        deaf.write('SCAN log\n')
        deaf.flush()
        time.sleep(0.5)  # the reply fills the socket's buffer
    finally:
        server.stop()
    file = work / 'file'
    file.write_text('mine')
    expect_failure('file: another server, or a file, is there', work / 'rowserver', work / 'other', file)
    expect_equal(file.read_text(), 'mine')


def installed_headers_are_closed(installed, _):
    installed.headers_compile('wisp', 'schema', 'codec', 'engine')


def tools_run(installed, work):
    # They find their libraries themselves, wherever the prefix is.
    environment = {name: value for name, value in os.environ.items() if name != 'LD_LIBRARY_PATH'}
    for tool in ('wisp', 'rowdump'):
        said = run(installed.prefix / 'bin' / tool, '--version', env=environment, cwd=work)
        assert re.match(rf'{tool} \d+\.\d+\.\d+', said), said


def meson_subproject(_, work):
    """Configures, and compiles the user's source; the library itself is built elsewhere often enough."""
    shutil.copy(HERE / 'subproject' / 'meson.build', work)
    shutil.copy(HERE / 'bytes.cc', work)
    (work / 'subprojects').mkdir()
    (work / 'subprojects' / 'wisp').symlink_to(SOURCE)
    run(MESON, 'setup', work / 'build', work)
    run('ninja', '-C', work / 'build', 'consumer.p/bytes.cc.o')


def codec_alone(work):
    build = work / 'build'
    run(MESON, 'setup', build, SOURCE, '-Dengine=false', '-Dtools=false', '-Dtests=false', '-Doptimization=0')
    run('ninja', '-C', build)
    return Installed(build, work / 'installed')


def codec_alone_has_no_engine(installed, _):
    for path in installed.root.rglob('*'):
        assert 'engine' not in path.name and not re.match(r'libwisp\.|wisp\.pc|rowdump', path.name), path
    needed = run('readelf', '-d', next(installed.libdir.glob('libwisp-codec.so*')))
    assert 'libwisp-schema' in needed and 'rocksdb' not in needed, needed
    installed.headers_compile('wisp-codec', 'schema', 'codec')


def bytes_with_pkg_config(installed, work):
    installed.build('wisp-codec', HERE / 'bytes.cc', work / 'bytes')
    expect_equal(run(work / 'bytes'), 'NULL 42\n')


def bytes_with_cmake(installed, work):
    run(*installed.cmake(work / 'cmake', 'codec', 'bytes.cc'))
    run('cmake', '--build', work / 'cmake')
    expect_equal(run(work / 'cmake' / 'consumer'), 'NULL 42\n')


def cmake_misses_the_engine(installed, work):
    expect_failure("installed here without 'wisp'", *installed.cmake(work / 'cmake', 'wisp', 'market.cc'))


def main():
    results = {}
    with tempfile.TemporaryDirectory(prefix='wisp-consumer-') as folder:
        top = pathlib.Path(folder)

        def step(name, function, *arguments):
            work = top / name
            work.mkdir()
            try:
                made = function(*arguments, work)
                results[name] = None
                return made
            except Exception as failure:  # one step's failure must not hide the others
                results[name] = failure
                return None

        for install, steps in (
                (lambda work: Installed(BUILD, work),
                 (market_with_pkg_config, market_with_cmake, cmake_refuses_other_version, readme_runs,
                  tutorial_runs, server_session,
                  installed_headers_are_closed, tools_run, meson_subproject)),
                (codec_alone,
                 (codec_alone_has_no_engine, bytes_with_pkg_config, bytes_with_cmake,
                  cmake_misses_the_engine))):
            installed = step(f'install_{len(results)}', install)
            if installed is not None:
                for function in steps:
                    step(function.__name__, function, installed)

    failed = {name: why for name, why in results.items() if why is not None}
    for name, why in failed.items():
        print(f'{name}: {type(why).__name__}: {why}')
    print(f'{len(results) - len(failed)} passed, {len(failed)} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
