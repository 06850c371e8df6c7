import { expect, it } from 'vitest';
import { boundaryOf } from './boundary.ts';

it.each([
  ['multipart/form-data; boundary=a', 'a'],
  [
    'multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW',
    '----WebKitFormBoundary7MA4YWxkTrZu0gW',
  ],
  ['multipart/form-data; Boundary="a b:c"', 'a b:c'],
  ['multipart/form-data; boundary="a\\bc"', 'abc'],
  [
    'multipart/form-data; charset=utf-8 ; boundary=gc0p4Jq0M2Yt08jU534c0p=;',
    'gc0p4Jq0M2Yt08jU534c0p=',
  ],
  // A parameter's value is no parameter.
  ['multipart/form-data; x="; boundary=other"; boundary=a', 'a'],
  [`multipart/form-data; boundary=${'a'.repeat(70)}`, 'a'.repeat(70)],
  // None, or one of two.
  ['multipart/form-data', undefined],
  ['multipart/form-data; boundary=', undefined],
  ['multipart/form-data; boundary=""', undefined],
  ['multipart/form-data; boundary = a', undefined],
  ['multipart/form-data; boundary=a; boundary=b', undefined],
  ['multipart/form-data; boundary=a; BOUNDARY="a"', undefined],
  ['multipart/form-data; boundary="a', undefined],
  ['multipart/form-data; boundary=a"b"', undefined],
  ['multipart/form-data; boundary="a "', undefined],
  ['multipart/form-data; boundary=a*b', undefined],
  [`multipart/form-data; boundary=${'a'.repeat(71)}`, undefined],
])('%s has the boundary %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});
