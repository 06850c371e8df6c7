import type { FunctionTool, Intent, Tool } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { callNames } from '../turns.ts';
import type { CachePoints } from './cache.ts';

/** Writes `toolConfig`; undefined where there are no tools to speak of. */
export function writeTools(
  intent: Intent,
  points: CachePoints,
  losses: Losses,
): object | undefined {
  const { tools: offered, toolChoice, turns } = intent;
  const names = callNames(turns);
  // Bedrock has no word for "call none", and refuses a history of calls without their tools.
  if (toolChoice?.type === 'none') {
    if (names.size === 0) return undefined;
    losses.altered(toolChoice.path, 'tools stay on offer, since the conversation holds calls');
  }
  const tools = offered.flatMap((tool) => writeTool(tool, points, losses));
  if (tools.length > 0) return { tools, toolChoice: writeChoice(intent) };
  const known = new Set(names.values());
  if (known.size === 0) return undefined;
  losses.altered('tools', 'tools that the conversation calls were declared');
  return { tools: [...known].map((name) => specOf({ name, schema: undefined })) };
}

function writeTool(tool: Tool, points: CachePoints, losses: Losses): object[] {
  if (tool.kind === 'function') {
    return [specOf(tool), ...points.after(tool.cache, tool.path)];
  }
  if (tool.dialect === 'bedrock') return [tool.value as object];
  losses.dropped(tool.path, `the tool ${tool.type} runs at another vendor`);
  return [];
}

function specOf({
  name,
  description,
  schema,
  strict,
}: Pick<FunctionTool, 'name' | 'schema'> & Partial<FunctionTool>): object {
  const json = { ...(schema ?? { properties: {} }), type: 'object' };
  return {
    toolSpec: {
      name,
      // Empty ones are refused.
      description: description === '' ? undefined : description,
      inputSchema: { json },
      strict: strict === true ? true : undefined,
    },
  };
}

function writeChoice({ toolChoice }: Intent): object | undefined {
  switch (toolChoice?.type) {
    case 'auto':
      return { auto: {} };
    case 'required':
      return { any: {} };
    case 'tool':
      return { tool: { name: toolChoice.name } };
    default:
      return undefined;
  }
}
