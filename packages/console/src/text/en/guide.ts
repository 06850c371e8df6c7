export const guide = {
  lead: 'From nothing to the first call with your own provider.',
  isDone: 'Done:',
  isOpen: 'To do:',
  provider: 'Name your provider',
  providerHelp:
    'Who answers: an account with a vendor and its API key, or a server of your own. It can be tested before it is kept.',
  byFile: 'Or put it into the configuration file',
  byFileHelp: 'Saving the file applies it; the credential comes from the environment.',
  providerToy: 'Until then the built-in simulator answers, labelled as the toy it is.',
  copyExample: 'Copy the example',
  model: 'Name a model',
  modelHelp:
    'Callers ask for it by this name. Behind it stand one or more targets, each a model at a provider.',
  key: 'Make a key',
  keyHelp: 'A program shows it with each call.',
  makeKey: 'Make a key',
  call: 'Make the first call',
  callHelp:
    'Paste this into a terminal, with the key in VITALGATE_KEY. The step is done when the call has come.',
  orHere: 'Or try it here, in the playground',
  done: 'The first call has come through.',
  look: 'See what became of it',
  next: 'And then',
  nextSteps: {
    limits:
      'What a key may use: open it under Keys and add a limit of requests, tokens or money. What is left, and whether it will last, shows here.',
    alerts:
      'Be told before your callers tell you: first a channel, such as Slack or e-mail, which you can test; then a rule that says when.',
    guardrails:
      'What must not go out, or come back: secrets, personal data, words of your own. Paste a text and see what would be found.',
    drills:
      'See an outage before there is one: simulated providers are broken, your configuration is kept, and no caller notices.',
    users: 'Let others in, each with a role and no more than that.',
  },
} as const;
