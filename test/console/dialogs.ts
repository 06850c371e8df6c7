import type { Page } from 'playwright-core';

/** Steps to what opens over a page: a button by its name, the first row of a table, or keys. */
type Step = string | { readonly row: string } | { readonly press: string };

/**
 * All that opens over a page; of questions that differ in words alone, some. What it is called here, the
 * page, how to get there.
 */
export const dialogs: readonly [name: string, path: string, ...steps: Step[]][] = [
  ['palette', '/targets', { press: 'Control+k' }],
  ['palette-over-a-key', '/keys', { row: 'web' }, { press: 'Control+k' }],
  ['menu', '/targets', 'Open the menu'],
  ['create-key', '/keys', 'Create a key'],
  ['key', '/keys', { row: 'web' }],
  ['rotate-key', '/keys', { row: 'web' }, 'Rotate'],
  ['secret-of-a-key', '/keys', { row: 'mobile' }, 'Rotate', 'Rotate'],
  ['revoke-key', '/keys', { row: 'web' }, 'Revoke'],
  ['create-team', '/teams', 'Create a team'],
  ['add-provider', '/providers', 'Add a provider'],
  ['add-model', '/providers', 'Add a model'],
  ['delete-provider', '/providers', 'Delete'],
  ['add-guardrail', '/guardrails', 'Add a guardrail'],
  ['edit-guardrail', '/guardrails', 'Edit'],
  ['add-alert-rule', '/alerts', 'Add a rule'],
  ['add-alert-channel', '/alerts', 'Add a channel'],
  ['invite-user', '/users', 'Invite somebody'],
  ['user', '/users', 'Edit'],
  ['disable-user', '/users', 'Edit', 'Disable'],
  ['audit-entry', '/audit', { row: 'POST /api/keys' }],
  ['create-token', '/tokens', 'Create a token'],
  ['revoke-token', '/tokens', 'Revoke'],
  ['rest-target', '/targets/openai%2Fgpt-4.1-mini', 'Rest'],
];

export async function take(page: Page, step: Step): Promise<void> {
  if (typeof step === 'string') {
    // Buttons of a row tell which row's they are; of what is open the last is on top.
    const named = page.getByRole('button', { name: new RegExp(`^${step}(:|$)`) });
    const open = page.getByRole('dialog').last();
    await ((await open.isVisible()) ? named.and(open.getByRole('button')) : named).first().click();
  } else if ('row' in step) {
    await page.getByRole('row').filter({ hasText: step.row }).first().click();
  } else {
    await page.keyboard.press(step.press);
  }
}
