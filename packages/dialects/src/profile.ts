import type { Effort } from './intent.ts';

/**
 * What one upstream or model does differently from its dialect, as data: a new quirk is a line in
 * a table, never a branch in a codec.
 */
export interface Profile {
  /** Where a limit is demanded and the caller gave none. */
  readonly maxTokens: number;
  /** OpenAI's name of the limit; the reasoning models refuse the old one. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** `one`: temperature and top_p, but not both. */
  readonly sampling: 'all' | 'one' | 'none';
  /** How reasoning is asked for. */
  readonly reasoning: 'effort' | 'budget' | 'adaptive' | 'none';
  /** The field in which a Chat Completions server gives reasoning, and wants it back. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | undefined;
  /** The name of the role that instructs. */
  readonly systemRole: 'system' | 'developer';
  /** An answer can be bound to a schema. */
  readonly formats: boolean;
  /** Whose words a model takes for what Bedrock's Converse has none for. */
  readonly converse: 'anthropic' | 'nova' | 'plain';
  /** Responses gives its reasoning sealed, where it is asked to. */
  readonly sealsReasoning: boolean;
  /** The first call of a turn has to bring its signature. */
  readonly sealedCalls: boolean;
  /** How hard a model can be told to think, least first. */
  readonly thinkingLevels: readonly Effort[];
  /** Tokens to think with, where a model counts them; `canStop` where it need not think. */
  readonly thinkingBudget: {
    readonly canStop: boolean;
    readonly least: number;
    readonly most: number;
  };
  /** Gemini's schemas: JSON schema, or its own subset of OpenAPI. */
  readonly schemas: 'json' | 'openapi';
  /** Results of tools may hold pictures and files. */
  readonly mediaResults: boolean;
  /** Results of tools are told apart by their place behind the call. */
  readonly pairsResults: boolean;
  /** Fetches files from any public address. */
  readonly fetchesFiles: boolean;
}

const plain: Profile = {
  maxTokens: 8192,
  maxTokensField: 'max_tokens',
  sampling: 'all',
  reasoning: 'effort',
  reasoningField: undefined,
  systemRole: 'system',
  formats: true,
  converse: 'plain',
  sealsReasoning: false,
  sealedCalls: false,
  thinkingLevels: ['minimal', 'low', 'medium', 'high'],
  thinkingBudget: { canStop: true, least: 1, most: 24_576 },
  schemas: 'json',
  mediaResults: false,
  pairsResults: false,
  fetchesFiles: true,
};

interface Rule {
  /** End of the host's name; absent for every host. */
  readonly host?: string;
  readonly model?: RegExp;
  readonly quirks: Partial<Profile>;
}

/** All that match apply, in this order. */
const rules: readonly Rule[] = [
  // OpenAI API reference: max_tokens is deprecated, and refused by the reasoning models.
  { host: 'api.openai.com', quirks: { maxTokensField: 'max_completion_tokens' } },
  { host: '.services.ai.azure.com', quirks: { maxTokensField: 'max_completion_tokens' } },
  { host: '.cognitiveservices.azure.com', quirks: { maxTokensField: 'max_completion_tokens' } },
  { host: '.openai.azure.com', quirks: { maxTokensField: 'max_completion_tokens' } },
  {
    model: /^(?:o\d|gpt-5)/,
    quirks: { maxTokensField: 'max_completion_tokens', sampling: 'none', sealsReasoning: true },
  },
  // Anthropic, "Extended thinking" and "Models overview".
  {
    model: /claude-(?:3|haiku-4|sonnet-4|opus-4)/,
    quirks: { reasoning: 'budget', sampling: 'one' },
  },
  { model: /claude-3/, quirks: { sampling: 'all', formats: false } },
  { model: /claude-3-(?:opus|haiku|sonnet)/, quirks: { maxTokens: 4096, reasoning: 'none' } },
  {
    model: /claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku)-[5-9])/,
    quirks: { reasoning: 'adaptive', sampling: 'none' },
  },
  // Gemini API, "Thinking" and "Thought signatures".
  { model: /gemini-(?:1|2\.0)/, quirks: { reasoning: 'none' } },
  { model: /gemini-2\.5/, quirks: { reasoning: 'budget' } },
  {
    model: /gemini-2\.5-pro/,
    quirks: { thinkingBudget: { canStop: false, least: 128, most: 32_768 } },
  },
  {
    model: /gemini-2\.5-flash-lite/,
    quirks: { thinkingBudget: { canStop: true, least: 512, most: 24_576 } },
  },
  {
    model: /gemini-(?:[3-9]|[\w-]+-latest)/,
    quirks: { sealedCalls: true, mediaResults: true },
  },
  { model: /gemini-3-pro/, quirks: { thinkingLevels: ['low', 'high'] } },
  { model: /gemini-3\.\d+-pro/, quirks: { thinkingLevels: ['low', 'medium', 'high'] } },
  // Gemini API, "Structured outputs" and "File input methods".
  { model: /gemini-1/, quirks: { schemas: 'openapi' } },
  {
    host: 'generativelanguage.googleapis.com',
    model: /gemini-(?:1|2\.0)/,
    quirks: { fetchesFiles: false },
  },
  // Amazon Bedrock User Guide, "Supported foundation models", "Prompt caching", "Structured outputs".
  { model: /anthropic\.claude/, quirks: { converse: 'anthropic' } },
  { model: /amazon\.(?:nova|titan)/, quirks: { formats: false } },
  { model: /amazon\.nova/, quirks: { converse: 'nova', reasoning: 'none' } },
  { model: /amazon\.nova-2/, quirks: { reasoning: 'effort' } },
  // Mistral API reference, "reasoning_effort": older models refuse it, Magistral always reasons.
  {
    host: 'api.mistral.ai',
    model: /^(?:magistral|ministral|mistral-(?:tiny|large)|open-|codestral|devstral|pixtral)/,
    quirks: { reasoning: 'none' },
  },
  // Cohere documentation, "Reasoning".
  { model: /^command-(?!a-reasoning)/, quirks: { reasoning: 'none' } },
  {
    host: 'api.deepseek.com',
    quirks: { reasoningField: 'reasoning_content', pairsResults: true },
  },
  { host: 'api.x.ai', quirks: { reasoningField: 'reasoning_content' } },
  { host: 'api.moonshot.ai', quirks: { reasoningField: 'reasoning_content' } },
  { host: '.aliyuncs.com', quirks: { reasoningField: 'reasoning_content' } },
  { host: 'api.groq.com', quirks: { reasoningField: 'reasoning' } },
  { host: 'openrouter.ai', quirks: { reasoningField: 'reasoning' } },
  { host: 'api.together.xyz', quirks: { reasoningField: 'reasoning' } },
];

/** The profile of one model at one base URL. */
export function profileOf(baseUrl: URL, model: string): Profile {
  const { hostname } = baseUrl;
  const matching = rules.filter(
    (rule) =>
      (rule.host === undefined ||
        hostname === rule.host ||
        hostname.endsWith(`.${rule.host.replace(/^\./, '')}`)) &&
      (rule.model === undefined || rule.model.test(model)),
  );
  return Object.assign({}, plain, ...matching.map(({ quirks }) => quirks)) as Profile;
}
