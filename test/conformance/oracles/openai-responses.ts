import { at, input, list, type Meaning, number, type Oracle, type Stop, text } from './oracle.ts';

const stops: Record<string, Stop> = {
  completed: 'end',
  complete: 'end',
  max_output_tokens: 'length',
  content_filter: 'filtered',
};

function whole(answer: unknown): Meaning {
  const output = list(at(answer, 'output'));
  const of = (type: string) => output.filter((item) => at(item, 'type') === type);
  const calls = of('function_call').map((item) => ({
    name: text(at(item, 'name')),
    input: input(text(at(item, 'arguments'))),
  }));
  const why = text(at(answer, 'incomplete_details', 'reason'));
  const ended = why === '' ? text(at(answer, 'status') ?? 'completed') : why;
  const stop = stops[ended] ?? 'other';
  return {
    text: of('message')
      .flatMap((item) => list(at(item, 'content')))
      .map((part) => (at(part, 'type') === 'output_text' ? text(at(part, 'text')) : ''))
      .join(''),
    calls,
    stop: stop === 'end' && calls.length > 0 ? 'tool' : stop,
    input: number(at(answer, 'usage', 'input_tokens')),
    output: number(at(answer, 'usage', 'output_tokens')),
  };
}

/** The last event repeats everything; what was told before has to be the same. */
function streamed(events: readonly unknown[]): Meaning {
  const last = events.findLast((event) =>
    /^response\.(completed|incomplete)$/.test(text(at(event, 'type'))),
  );
  return whole(at(last, 'response'));
}

export const responses: Oracle = { whole, streamed };

/** One response, whose pieces are what its last event repeats. */
export function isOneResponse({ streamed: isStream, payloads }: Recorded): boolean {
  if (!isStream) return at(payloads[0], 'object') === 'response';
  const of = (type: string) => payloads.filter((event) => at(event, 'type') === type);
  const said = of('response.output_text.delta').map((event) => text(at(event, 'delta')));
  const ends = [...of('response.completed'), ...of('response.incomplete')];
  return ends.length === 1 && said.join('') === streamed(payloads).text;
}

interface Recorded {
  readonly streamed: boolean;
  readonly payloads: readonly unknown[];
}
