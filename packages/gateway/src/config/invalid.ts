import { ApiFailure } from '@vitalgate/contract/api';
import type { SourcedMistake } from './merge.ts';

/** What a change of the console's document is refused with: every mistake and its place. */
export function invalid(mistakes: readonly SourcedMistake[]): ApiFailure {
  const errors = mistakes.map(({ line, column, message, source }) => ({
    path: source,
    message,
    line,
    column,
  }));
  return new ApiFailure('invalid_configuration', errors[0]?.message ?? 'it has mistakes', {
    errors,
  });
}
