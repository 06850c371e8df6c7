import type { Addressee } from '../codec.ts';
import { budgetOf, effortOf } from '../effort.ts';
import type { Effort, Intent, Reasoning } from '../intent.ts';
import type { Losses } from '../losses.ts';

/**
 * Writes `thinkingConfig` (Gemini API, "Thinking"): newer models take a level, those before a
 * budget in tokens, and some think whatever they are told.
 */
export function writeThinking(
  reasoning: Reasoning,
  { profile }: Addressee,
  { paths }: Intent,
  losses: Losses,
): object | undefined {
  const path = paths.reasoning ?? 'reasoning';
  const effort = effortOf(reasoning);
  const includeThoughts = reasoning.show ?? true;
  const { thinkingLevels: levels, thinkingBudget: bounds } = profile;
  if (profile.reasoning === 'none') {
    if (effort !== 'none') losses.dropped(path, 'this model does not reason');
    return undefined;
  }
  if (profile.reasoning === 'budget') {
    const budget = budgetOf(reasoning);
    if (budget === undefined) return { thinkingBudget: -1, includeThoughts };
    if (budget === 0 && bounds.canStop) return { thinkingBudget: 0 };
    const thinkingBudget = Math.min(Math.max(budget, bounds.least), bounds.most);
    if (thinkingBudget !== budget) {
      losses.altered(path, `set to ${thinkingBudget} tokens, the nearest this model takes`);
    }
    return { thinkingBudget, includeThoughts };
  }
  if (effort === undefined) return { includeThoughts };
  const thinkingLevel = nearest(effort, levels);
  if (thinkingLevel !== effort) {
    losses.altered(path, `set to ${thinkingLevel}, the nearest this model takes`);
  }
  return { thinkingLevel: thinkingLevel?.toUpperCase(), includeThoughts };
}

const ORDER: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** The least level that is no less than asked for, or the highest. */
function nearest(effort: Effort, levels: readonly Effort[]): Effort | undefined {
  const enough = levels.find((level) => ORDER.indexOf(level) >= ORDER.indexOf(effort));
  return enough ?? levels.at(-1);
}
