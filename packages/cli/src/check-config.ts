import { readFile } from 'node:fs/promises';
import { StartFailure } from '@vitalgate/contract';
import { describeMistakes, mistakesInDescriptions, parseConfig } from '@vitalgate/gateway';

/** `vitalgate check-config FILE`: all mistakes at once, with their places, and those of the APIs' descriptions. */
export async function checkConfig(file: string, { json }: { json?: boolean }): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new StartFailure(
      'invalid_config',
      `${file}: cannot be read (${cause.code ?? ''})`,
      cause,
    );
  });
  const result = parseConfig(text, process.env);
  const mistakes =
    'mistakes' in result ? result.mistakes : mistakesInDescriptions(text, result.config);
  if (mistakes.length > 0) process.exitCode = 2;
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ file, ok: mistakes.length === 0, mistakes })}\n`);
  } else if (mistakes.length === 0) {
    process.stdout.write(`${file}: ok\n`);
  } else {
    process.stderr.write(`${describeMistakes(file, mistakes)}\n`);
  }
}
