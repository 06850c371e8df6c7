import type { Mistake } from '@vitalgate/contract';
import { mistakesOf, type Errors } from '../json-schema.ts';
import { parsed } from './openapi-document.ts';
import type { Fields } from './openapi-fields.ts';
import { valuesOfForm } from './openapi-forms.ts';
import { checkParts } from './openapi-multipart.ts';

/** What one media type of a body has to be. */
export interface Content {
  readonly type: string;
  readonly kind: 'json' | 'form' | 'multipart';
  /** Of a form. */
  readonly fields: Fields;
  readonly validate: Errors | undefined;
}

export function contentFor(
  contents: readonly Content[],
  contentType: string | undefined,
): Content | undefined {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const family = `${type.split('/', 1)[0]}/*`;
  for (const wanted of [type, family, '*/*']) {
    const found = contents.find((one) => one.type.split(';', 1)[0]?.trim() === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function checkContent(
  content: Content | undefined,
  contentType: string | undefined,
  body: Buffer,
): Mistake[] {
  if (content?.validate === undefined) return [];
  const { validate, kind, fields } = content;
  if (kind === 'multipart') return checkParts(body, contentType ?? '', fields, validate);
  const value = kind === 'form' ? valuesOfForm(body, fields) : parsed(body);
  if (value === undefined && kind === 'form') return [];
  if (value === undefined) return [{ in: 'body', pointer: '', detail: 'must be JSON' }];
  const errors = validate(value);
  return errors === undefined ? [] : mistakesOf(errors, 'body');
}
