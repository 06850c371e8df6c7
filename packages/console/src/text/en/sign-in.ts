export const signIn = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  code: 'Code of your authenticator, or a recovery code',
  codeAsked: 'Your password is right. Now the code.',
  submit: 'Sign in',
  passkey: 'Sign in with a passkey',
  oidc: 'Sign in with {{name}}',
  or: 'or',
  passkeyFailed: 'The browser gave no passkey.',
  setUpFirst: 'Nobody owns this Vitalgate yet',
  setUpFirstHelp: 'Open the set-up link that the terminal printed when it started.',
} as const;
