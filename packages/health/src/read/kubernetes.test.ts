import { describe, expect, test } from 'vitest';
import { read } from './read.ts';

const told = (body: string, code = 200) =>
  read({ code, contentType: 'text/plain; charset=utf-8', body });

describe('the text of kube-apiserver', () => {
  test('K1 a verbose success', () => {
    expect(told('[+]ping ok\nhealthz check passed\n')).toMatchObject({
      format: 'kubernetes',
      status: 'pass',
      components: [{ name: 'ping', status: 'pass' }],
    });
  });

  test.each(['K2', 'K3', 'K6'])('%s a success without words', () => {
    expect(told('ok')).toMatchObject({ format: 'plain', status: 'pass', said: 'ok' });
    expect(read({ code: 200, body: 'ok' }, 'kubernetes').status).toBe('pass');
  });

  test('K4 an excluded check is not known to be well', () => {
    const found = told('[+]ping ok\n[+]bad excluded: ok\nhealthz check passed\n');
    expect(found.status).toBe('pass');
    expect(found.components[1]).toMatchObject({
      name: 'bad',
      status: 'unknown',
      reason: 'excluded',
    });
    expect(
      told('[+]a excluded with group x: ok\nreadyz check passed\n').components[0]?.reason,
    ).toBe('excluded');
  });

  test('K5 a warning about what cannot be excluded is a note', () => {
    const warn = 'warn: some health checks cannot be excluded: no matches for "x"';
    const found = told(`[+]ping ok\n${warn}\nhealthz check passed\n`);
    expect(found).toMatchObject({ status: 'pass', notes: [warn] });
  });

  test.each(['K7', 'K8'])('%s a failure', () => {
    const body = '[+]ping ok\n[-]bad failed: reason withheld\nhealthz check failed\n';
    expect(told(body, 500)).toMatchObject({
      status: 'fail',
      disagrees: false,
      components: [
        { name: 'ping', status: 'pass' },
        { name: 'bad', status: 'fail', reason: 'failed', said: 'failed: reason withheld' },
      ],
    });
    expect(told(body, 200)).toMatchObject({ status: 'fail', disagrees: true });
  });

  test('K9 a single check that fails says why', () => {
    expect(told('internal server error: this will fail\n', 500)).toMatchObject({
      format: 'kubernetes',
      status: 'fail',
      output: 'internal server error: this will fail',
    });
  });

  test('K10 the order is that of the lines', () => {
    const names = told('[+]b ok\n[+]a ok\nlivez check passed').components.map(({ name }) => name);
    expect(names).toEqual(['b', 'a']);
  });

  test('without its last line it is not well', () => {
    expect(told('[+]ping ok\n[+]et')).toMatchObject({ status: 'unknown', reason: 'incomplete' });
    expect(told('[+]ping ok\n[-]etcd failed: x\n')).toMatchObject({ status: 'fail' });
  });
});
