import { Failure } from '@vitalgate/contract';
import { formatOf, isRecord, read, write, type Value, type Written } from '@vitalgate/formats';
import type { SoapCall } from './soap-call.ts';

/** Whether an answer of a service may be a fault, which SOAP 1.1 tells with status 500 (section 6.2). */
export const mayBeFault = (status: number, contentType: string | undefined): boolean =>
  (status === 400 || status === 500) &&
  contentType !== undefined &&
  formatOf(contentType) === 'xml';

/**
 * What a service has answered, as its caller reads it; undefined where it has taken a message and says nothing
 * (WS-I Basic Profile 1.1, section 3.4.5: 202 without an envelope).
 *
 * @throws {Failure} `invalid_request` or `upstream_error` for a fault, by whose it is
 * @throws {FormatError}
 */
export async function soapAnswer(
  { operation, wanted }: SoapCall,
  answer: { readonly status: number; readonly contentType: string | undefined },
  bytes: Buffer,
): Promise<Written | undefined> {
  const { status, contentType = '' } = answer;
  if (bytes.length === 0 && status < 300) return undefined;
  if (bytes.length === 0 || formatOf(contentType) !== 'xml') {
    throw new Failure('upstream_error', `the service answered ${status} with no envelope`);
  }
  const document = plain(await read(bytes, 'xml', { contentType }), new Set(operation.lists));
  const body = childOf(childOf(document, 'Envelope'), 'Body');
  if (body === undefined) throw new Failure('upstream_error', 'the service answered no envelope');
  const fault = childOf(body, 'Fault');
  if (fault !== undefined) throw asFailure(fault);
  if (status >= 400) throw new Failure('upstream_error', `the service answered ${status}`);
  const [only, ...others] = isRecord(body) ? Object.values(body) : [];
  const said = only !== undefined && others.length === 0 ? only : body;
  const mapped =
    operation.answer === undefined ? said : await operation.answer.apply(said, { status });
  return write(mapped, wanted, { root: 'answer' });
}

/** SOAP 1.1, section 4.4; SOAP 1.2 part 1, section 5.4. */
function asFailure(fault: Value): Failure {
  const code = textOf(childOf(fault, 'faultcode') ?? childOf(childOf(fault, 'Code'), 'Value'));
  const reason = textOf(childOf(fault, 'faultstring') ?? childOf(childOf(fault, 'Reason'), 'Text'));
  const isCallers = /(?:^|:)(?:Client|Sender)(?:\.|$)/.test(code);
  return new Failure(
    isCallers ? 'invalid_request' : 'upstream_error',
    `the service answered with a fault, ${code || 'without a code'}: ${reason.slice(0, 1000)}`,
  );
}

const childOf = (value: Value | undefined, name: string): Value | undefined =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;

function textOf(value: Value | undefined): string {
  if (Array.isArray(value)) return textOf(value[0] as Value | undefined);
  const text = isRecord(value) ? childOf(value, '#text') : value;
  return text === undefined || text === null ? '' : shown(text);
}

const shown = (value: Value): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** Names without their prefixes, which an answer may choose as it likes, and without what declares them. */
function plain(value: Value, lists: ReadonlySet<string>): Value {
  if (Array.isArray(value)) return value.map((one) => plain(one as Value, lists));
  if (!isRecord(value)) return value;
  const made = Object.create(null) as Record<string, Value>;
  for (const [key, one] of Object.entries(value)) {
    if (/^@(?:xmlns(?::|$)|xsi:)/.test(key)) continue;
    const name = key.replace(/^(@?)[^:]*:/, '$1');
    // Behind a prefix no reader has seen it.
    if (name === '__proto__') {
      throw new Failure('upstream_error', 'the service answered with an element called __proto__');
    }
    const before = made[name];
    const said = plain(one, lists);
    const isList = lists.has(name) && !Array.isArray(said);
    if (before !== undefined) made[name] = [before, said].flat();
    else made[name] = isList ? [said] : said;
  }
  const names = Object.keys(made);
  return names.length === 1 && names[0] === '#text' ? (made['#text'] ?? '') : made;
}
