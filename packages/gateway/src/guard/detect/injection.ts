import type { Detector } from '../detector.ts';
import { Marks, SIGNAL } from '../sieve.ts';

/** One sign that a text gives orders it has no right to. */
interface Signal {
  readonly kind: string;
  /** How much it says: two strong ones, or a strong and some weak ones, reach the threshold. */
  readonly weight: number;
  readonly form: RegExp;
  /** Words one of which stands in everything that fits. */
  readonly words: readonly string[];
}

const signals: readonly Signal[] = [
  {
    kind: 'override',
    weight: 3,
    words: [
      'ignore',
      'disregard',
      'forget',
      'override',
      'bypass',
      'do not follow',
      'stop following',
    ],
    form: /\b(?:ignore|disregard|forget|override|bypass|do not follow|stop following)\b[^.\n]{0,30}?\b(?:all|any|every|the|your|my|previous|prior|above|earlier|preceding|foregoing|existing|system)\b[^.\n]{0,30}?\b(?:instruct\w*|prompts?|rules?|directions?|guidelines?|guardrails?|polic(?:y|ies)|constraints?|context|messages?|programming)\b/gi,
  },
  {
    kind: 'override',
    weight: 3,
    words: ['ignoriere', 'ignorez', 'oublie', 'ignora', 'olvida', 'vergiss'],
    form: /\b(?:ignoriere|vergiss|missachte)\b[^.\n]{0,40}\b(?:anweisungen|regeln|vorgaben|befehle)\b|\b(?:ignore[zr]?|oublie[zr]?)\b[^.\n]{0,40}\b(?:instructions|consignes|règles|regles)\b|\b(?:ignora|olvida|ignore|esqueça)\b[^.\n]{0,40}\b(?:instrucciones|instruções|reglas|regras|istruzioni)\b/gi,
  },
  {
    kind: 'reveal',
    weight: 3,
    words: ['reveal', 'repeat', 'print', 'output', 'show', 'display', 'leak', 'tell me'],
    form: /\b(?:reveal|repeat|print|output|show|display|leak|tell me|give me|what (?:is|are|were))\b[^.\n]{0,30}?\b(?:your|the|all|its|initial|hidden|secret|original|system)\b[^.\n]{0,20}?\b(?:system prompt|system message|hidden (?:prompt|instructions)|initial (?:prompt|instructions)|original instructions|developer message|pre-?prompt|(?:text|words|everything) above)\b/gi,
  },
  {
    kind: 'role',
    weight: 2,
    words: ['you are now', 'act as', 'pretend', 'roleplay', 'role-play', 'simulate', 'from now on'],
    form: /\b(?:you are now|from now on,? you (?:are|will)|act as|pretend (?:to be|you(?:'re| are))|role-?play as|simulate being)\b[^.\n]{0,60}?\b(?:dan|unrestricted|unfiltered|uncensored|jailbr\w+|evil|amoral|no (?:rules|restrictions|limits|filters|ethics)|without (?:any )?(?:rules|restrictions|limits|filters|limitations)|developer mode|anything)\b/gi,
  },
  {
    kind: 'jailbreak',
    weight: 3,
    words: [
      'jailbr',
      'do anything now',
      'developer mode',
      'dan mode',
      'god mode',
      'dude mode',
      'stay in character',
      'unfiltered',
    ],
    form: /\b(?:do anything now|dan mode|developer mode (?:enabled|on|output|v\d)|god mode|jailbreak(?:ed)? (?:mode|prompt|enabled)|jailbroken|stay in character!?|unfiltered (?:and|ai|response|answer)s?)/gi,
  },
  {
    kind: 'no-limits',
    weight: 2,
    words: ['restrict', 'filter', 'censor', 'ethic', 'moral', 'policy', 'policies', 'guidelines'],
    form: /\b(?:no|without|free (?:from|of)|not? bound by|ignor\w+|any|bypass\w*|disable\w*|remov\w+)\b[^.\n]{0,30}?\b(?:(?:content|safety|ethical|moral|openai)[ -](?:restrictions?|filters?|policy|policies|guidelines?|limits?|limitations?)|censorship|restrictions or|ethical (?:or|and) moral|moral (?:or|and) ethical)\b/gi,
  },
  {
    kind: 'never-refuse',
    weight: 2,
    words: ['refuse', 'cannot', "can't", 'apolog', 'warn', 'disclaimer', 'unable'],
    form: /\b(?:never|do not|don't|must not|may not|without)\b[^.\n]{0,30}?\b(?:refus\w+|say (?:that )?(?:you|it) (?:can't|cannot|can not)|apologi[sz]\w*|warn(?:ing)?s?|disclaimers?|mention that you|break character)\b/gi,
  },
  {
    kind: 'markup',
    weight: 3,
    words: [
      '<|im_start',
      '<|im_end',
      '[inst]',
      '<<sys>>',
      '<|system',
      '<|endof',
      '### instruction',
      '<system>',
      '[system]',
      '<|start_header',
    ],
    form: /<\|(?:im_start|im_end|system|endoftext|start_header_id|eot_id)\|>|\[\/?inst\]|<<\/?sys>>|^#{2,3} ?(?:system|instruction)s?:|<\/?system>|\[system\](?:\(#|:)/gim,
  },
  {
    kind: 'new-orders',
    weight: 2,
    words: [
      'new instruction',
      'new rule',
      'updated instruction',
      'real instruction',
      'actual task',
      'important instruction',
      'new task',
      'system override',
      'admin override',
    ],
    form: /\b(?:new|updated|real|actual|true|important|additional) (?:system )?(?:instructions?|rules?|task|orders?|directives?)\s?(?::|are|is|follow|below|for you)|\b(?:system|admin|developer|root) override\b/gi,
  },
  {
    kind: 'exfiltration',
    weight: 3,
    words: ['send', 'post ', 'forward', 'exfiltrate', 'upload', '](http'],
    form: /\b(?:send|post|forward|exfiltrate|upload|e-?mail|transmit)\b[^.\n]{0,40}?\b(?:conversation|chat history|credentials?|passwords?|api keys?|secrets?|tokens?|this data|user'?s? data|contacts)\b[^\n]{0,40}?(?:https?:\/\/|@|\bto (?:the )?(?:following|this) (?:url|address|e-?mail))|!\[[^\]]{0,80}\]\(https?:\/\/[^)\s]{1,200}[?&][^)\s]{0,100}(?:=\{|=\[|\$\{|<)/gi,
  },
  {
    kind: 'hidden-orders',
    weight: 2,
    words: [
      'do not tell',
      "don't tell",
      'without telling',
      'do not mention',
      'secretly',
      'do not reveal',
      'do not inform',
    ],
    form: /\b(?:do not|don't|never|without) (?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|reveal(?:ing)?|alert(?:ing)?)\b[^.\n]{0,20}?\b(?:the user|user|anyone|them|human|that you)\b|\bsecretly (?:send|include|insert|append|add|execute|run)\b/gi,
  },
  {
    kind: 'to-the-model',
    weight: 1,
    words: ['language model', 'chatgpt', 'assistant', 'openai', ' ai '],
    form: /\b(?:as an ai|(?:you|chatgpt|the assistant) (?:must|shall|have to|are required to|will) (?:always|now|only|comply|obey|answer|respond)|openai(?:'s)? (?:polic|guideline|content))/gi,
  },
  {
    kind: 'two-answers',
    weight: 2,
    words: ['two responses', 'two answers', 'two ways', 'both ways', 'two different'],
    form: /\b(?:two (?:responses|answers|different (?:responses|ways|answers|paragraphs))|in two (?:different )?ways)\b/gi,
  },
  {
    kind: 'persona',
    weight: 2,
    words: ['hypothetical', 'fictional', 'character', 'persona', 'story'],
    form: /\b(?:hypothetical|fictional)\b[^.\n]{0,60}?\b(?:character|response|story|world|ai)\b[^.\n]{0,80}?\b(?:amoral|immoral|unethical|illegal|no (?:morals|ethics|rules|filters?|restrictions)|without (?:any )?(?:morals|ethics|filters?|restrictions)|never refuses?)\b|\bcharacter\b[^.\n]{0,60}?\b(?:amoral|unethical|no (?:morals|ethics|filters?))\b/gi,
  },
];

const LONGEST = 200;

/** The first of a bit for each signal, above those of the sieve. */
const FIRST = 256;
/** The same words, by the signal they may be of: to look for each of them took ten times as long. */
const ofSignals = new Marks();
for (const [i, { words }] of signals.entries())
  for (const word of words) ofSignals.add(word, FIRST << i);

/** The marks without which no signal is looked for. */
export function addSignals(marks: Marks): void {
  for (const { words } of signals) for (const word of words) marks.add(word, SIGNAL);
}

/**
 * Signs of prompt injection, scored. They are signals and no protection: who knows them can word an
 * attack around them. Docs/guardrails.md has the rates that were measured.
 */
export function injection(threshold: number): Detector {
  return {
    name: 'injection',
    hold: LONGEST,
    needs: SIGNAL,
    threshold,
    find(written, from, report) {
      // Between two words a line that ends, or a stroke, is a space to whoever reads it.
      const text = written.replaceAll(/(?<=\w)[\n\t_](?=\w)/g, ' ');
      const bytes = Buffer.from(from === 0 ? text : text.slice(from));
      const seen = ofSignals.sift(bytes, 0, bytes.length);
      for (const [i, { kind, weight, form }] of signals.entries()) {
        if ((seen & (FIRST << i)) === 0) continue;
        form.lastIndex = from;
        for (let hit = form.exec(text); hit !== null; hit = form.exec(text)) {
          report(`injection-${kind}`, hit.index, form.lastIndex, weight);
        }
      }
    },
  };
}
