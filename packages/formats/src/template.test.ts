import { describe, expect, it } from 'vitest';
import { Template } from './template.ts';

const rendered = (text: string, values: Parameters<Template['render']>[0]) =>
  new Template(text).render(values);

describe('a template', () => {
  it('puts values where their names stand, and never reads them as a template', () => {
    expect(rendered('{{ a }} and {{b.c}}, {{nobody}}.', { a: '{{b}}', b: { c: 2 } })).toBe(
      '{{b}} and 2, .',
    );
    expect(rendered('{{list}}', { list: [1, { a: 'x' }, 2n] })).toBe('[1,{"a":"x"},"2"]');
  });

  it('goes through lists, into records, and tells nothing from something', () => {
    const text =
      '{{#rows}}<{{name}}:{{unit}}{{#tags}} {{.}}{{/tags}}>{{/rows}}{{^rows}}none{{/rows}}';
    const rows = [{ name: 'a', tags: ['x', 'y'] }, { name: 'b' }];
    expect(rendered(text, { rows, unit: 'kg' })).toBe('<a:kg x y><b:kg>');
    expect(rendered(text, { rows: [], unit: 'kg' })).toBe('none');
  });

  it('reaches no property that is not the value’s own', () => {
    expect(
      rendered('[{{a.constructor}}{{constructor}}{{__proto__}}{{a.length}}]', { a: 'x' }),
    ).toBe('[]');
  });

  it('makes what is put in safe, as it is told to', () => {
    const escape = (text: string) => text.replaceAll('<', '&lt;');
    expect(new Template('<a>{{x}}</a>').render({ x: '<b>' }, escape)).toBe('<a>&lt;b></a>');
  });

  it.each(['{{#a}}', '{{/a}}', '{{#a}}{{/b}}', '{{a b}}', '{{a..b}}', '{{}}'])(
    'is a mistake: %s',
    (text) => {
      expect(() => new Template(text)).toThrow(/template cannot be read/);
    },
  );

  it('knows which names it needs', () => {
    expect([...new Template('{{a}}{{#b}}{{c}}{{/b}}{{d.e}}').names]).toEqual(['a', 'b', 'd']);
  });
});
