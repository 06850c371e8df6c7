import type { BrokenStream } from '../dialect.ts';
import { unsaid, type Told } from './answer.ts';

const failed = {
  code: 'server_error',
  message: 'The server had an error while processing your request. Sorry about that!',
};

/** An event that breaks off in the middle of its JSON. */
export const malformedFrame =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.del\n\n';

/** What is said when there is no answer to speak of: the event `error`. */
export const streamFailure: string = `event: error\ndata: ${JSON.stringify({
  type: 'error',
  ...failed,
  param: null,
  sequence_number: 0,
})}\n\n`;

/** Events are numbered, so what breaks a stream has the number of the event it stands for. */
export const brokenStream = (told: Told): BrokenStream => ({
  failure: (sent) => {
    const response = { ...unsaid(told), status: 'failed', error: failed };
    const data = { type: 'response.failed', response, sequence_number: sent };
    return `event: response.failed\ndata: ${JSON.stringify(data)}\n\n`;
  },
  malformed: malformedFrame,
});
