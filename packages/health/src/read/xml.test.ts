import { describe, expect, test } from 'vitest';
import { read } from './read.ts';

const told = (body: string) => read({ code: 200, contentType: 'application/xml', body });

test.each([
  ['<status>UP</status>', 'pass'],
  ['<health status="DOWN"/>', 'fail'],
  ['<?xml version="1.0"?>\n<!-- a > b -->\n<health><status>Degraded</status></health>', 'warn'],
  ['<h:health xmlns:h="urn:x"><h:status>ok</h:status></h:health>', 'pass'],
  ['<health><status><![CDATA[OK]]></status></health>', 'pass'],
  ['<health><status>&#79;&#x4b;</status></health>', 'pass'],
  ['<health><status>splendid</status></health>', 'unknown'],
  ['<health/>', 'unknown'],
  ['<hello>world</hello>', 'unknown'],
])('%s is %s', (body, status) => {
  expect(told(body)).toMatchObject({ format: 'xml', status });
});

test('components are elements with a status, in a holder or beside it', () => {
  const found = told(`<health status="DOWN"><version>1.2</version><checks>
    <check name="db" status="DOWN">no &lt;answer&gt;</check>
    <check><name>disk</name><status>UP</status></check>
    <check status="UP"/><check status="UP"/></checks></health>`);
  expect(found).toMatchObject({ status: 'fail', version: '1.2' });
  expect(found.components).toMatchObject([
    { name: 'db', status: 'fail', output: 'no <answer>' },
    { name: 'disk', status: 'pass' },
    { name: 'check', status: 'pass' },
    { name: 'check-4', status: 'pass' },
  ]);
  expect(told('<h status="UP"><db status="UP"/></h>').components).toMatchObject([{ name: 'db' }]);
});

describe('what is not well-formed enough, or could grow, is unknown', () => {
  const laughs = `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><status>UP</status>`;
  test.each([
    ['a DTD', laughs],
    ['a DTD from elsewhere', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><status>UP</status>'],
    ['nesting', '<a>'.repeat(100_000) + 'UP' + '</a>'.repeat(100_000)],
    ['nesting of 65 levels', `${'<a>'.repeat(65)}UP${'</a>'.repeat(65)}`],
    ['very many elements', `<a><status>UP</status>${'<b/>'.repeat(20_000)}</a>`],
    ['an open end', '<status>UP'],
    ['crossed elements', '<a><status>UP</a></status>'],
    ['two roots', '<status>UP</status><status>UP</status>'],
    ['a broken attribute', '<health status=UP/>'],
    ['an open comment', '<status>UP</status><!-- '],
    ['no element', '<>'],
  ])('%s', (_, body) => {
    expect(told(body)).toMatchObject({ status: 'unknown', reason: 'malformed_body' });
  });

  test('an entity that nobody declared stands for itself', () => {
    expect(told('<h status="UP"><message>&a; &#0;</message></h>').output).toBe('&a; \uFFFD');
  });
});
