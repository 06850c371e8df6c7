import { asking, unanswered, well, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of an S3Client (AWS SDK 3) that is used. */
export interface S3Client<Command> {
  send(command: Command, options: { abortSignal: AbortSignal }): Promise<unknown>;
}

/**
 * Well when a command that reads, such as `new HeadBucketCommand({ Bucket })`, is answered. The
 * command is the application's own, so that no SDK is needed here.
 */
export function s3<Command>(client: S3Client<Command>, command: Command): Look {
  return asking(async (abortSignal) => {
    await client.send(command, { abortSignal });
    return well;
  }, refused);
}

function refused(error: unknown): Found {
  const found = unanswered(error);
  const code = codeOf(error);
  return code === undefined ? found : { ...found, reason: `http_${code}`, fault: 'provider' };
}

function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
