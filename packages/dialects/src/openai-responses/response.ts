import type { Citation } from '../reply.ts';

/** One event of a stream, as OpenAI frames it. */
export function frame(
  event: { readonly type: string } & Readonly<Record<string, unknown>>,
): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** A response with every field that clients may count on (OpenAI API reference, "Response"). */
export function responseObject(told: {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output?: readonly object[];
  readonly error?: object;
  readonly incomplete_details?: object | null;
  readonly usage?: object | null;
}): object {
  const { id, created, model, status, output = [], error = null } = told;
  return {
    id,
    object: 'response',
    created_at: created,
    status,
    background: false,
    error,
    incomplete_details: told.incomplete_details ?? null,
    instructions: null,
    max_output_tokens: null,
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: told.usage ?? null,
    metadata: {},
  };
}

/** Ids of responses begin like this; another vendor's would be taken for something else. */
export const responseId = (given: string | undefined, ours: string): string =>
  given?.startsWith('resp_') === true ? given : `resp_${ours}`;

/** OpenAI wants to know which characters a citation stands behind; others do not tell. */
export const annotation = ({ url = '', title = '' }: Citation): object => ({
  type: 'url_citation',
  url,
  title,
  start_index: 0,
  end_index: 0,
});
