export const audit = {
  lead: 'Who did what, from where, and what came of it. Each entry holds the hash of the one before.',
  verify: 'Verify the chain',
  whole_one: 'Whole: {{count}} entry',
  whole_other: 'Whole: {{count}} entries',
  broken: 'Broken at entry {{at}}',
  none: 'Nothing yet',
  who: 'Who',
  what: 'What',
  from: 'From',
  result: 'Result',
  hash: 'Hash',
} as const;
