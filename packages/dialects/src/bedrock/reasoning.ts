import type { Addressee } from '../codec.ts';
import { budgetOf, effortOf } from '../effort.ts';
import type { Effort, Intent, Reasoning } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { fits } from '../seal.ts';
import { merged } from '../turns.ts';

/** Less than this Anthropic's models refuse ("Extended thinking", minimum budget). */
const LEAST_BUDGET = 1024;

/** Amazon Nova 2 User Guide, "Extended thinking". */
const novaEfforts: Readonly<Record<Effort, string>> = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/**
 * How a model is asked to reason: Converse has no word of its own, and passes on the model's
 * (Amazon Bedrock User Guide, "Enhance model responses with model reasoning"). Takes from
 * `inference` and `more` what a reasoning model refuses.
 */
export function reasoningFields(
  reasoning: Reasoning,
  intent: Intent,
  to: Addressee,
  inference: Record<string, unknown>,
  more: Record<string, unknown>,
  losses: Losses,
): object {
  const path = intent.paths.reasoning ?? 'reasoning';
  const { converse, reasoning: way, maxTokens } = to.profile;
  const effort = effortOf(reasoning);
  if (effort === 'none') {
    return converse === 'anthropic' && way !== 'none' ? { thinking: { type: 'disabled' } } : {};
  }
  const hindrance = hindranceOf(intent, to);
  if (hindrance !== undefined) {
    losses.dropped(path, hindrance);
    return {};
  }
  if (converse === 'nova') {
    const maxReasoningEffort = novaEfforts[effort ?? 'medium'];
    return { reasoningConfig: { type: 'enabled', maxReasoningEffort } };
  }
  if (way === 'adaptive') {
    const word = effort === 'minimal' ? 'low' : effort;
    const output_config = word === undefined ? {} : { output_config: { effort: word } };
    return { thinking: { type: 'adaptive' }, ...output_config };
  }
  // The budget is part of the limit, and something has to be left for the answer.
  inference['maxTokens'] ??= maxTokens;
  const limit = inference['maxTokens'] as number;
  const wanted = Math.max(LEAST_BUDGET, budgetOf(reasoning) ?? maxTokens / 2);
  const budget = Math.min(wanted, limit - 1);
  if (budget < LEAST_BUDGET) {
    losses.dropped(path, `the limit leaves no room for ${LEAST_BUDGET} tokens of reasoning`);
    return {};
  }
  if (budget < wanted) losses.altered(path, `limited to ${budget} tokens by the limit`);
  for (const [name, field, from] of [
    ['temperature', 'temperature', inference],
    ['topP', 'topP', inference],
    ['topK', 'top_k', more],
  ] as const) {
    if (from[field] === undefined) continue;
    delete from[field];
    losses.dropped(intent.paths[name] ?? field, 'not taken while the model reasons');
  }
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

/** Why a model may not reason about this request. */
function hindranceOf(
  { turns, toolChoice }: Intent,
  { origin, profile: { converse, reasoning } }: Addressee,
): string | undefined {
  if (converse === 'plain' || reasoning === 'none') {
    return 'no way is known to ask this model for it';
  }
  if (converse === 'nova') return undefined;
  if (toolChoice?.type === 'required' || toolChoice?.type === 'tool') {
    return 'a forced tool call and reasoning exclude each other';
  }
  // In the middle of calling tools Anthropic's models want the reasoning that led there.
  const all = merged(turns);
  const isInCall = all.at(-1)?.blocks.some(({ kind }) => kind === 'tool-result') === true;
  const first = all.findLast(({ role }) => role === 'assistant')?.blocks[0];
  const hasReasoned =
    first?.kind === 'reasoning' && first.seal !== undefined && fits(first.seal, origin);
  return isInCall && !hasReasoned
    ? 'the reasoning behind the last tool call is not at hand'
    : undefined;
}
