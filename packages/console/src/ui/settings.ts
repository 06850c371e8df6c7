/** One setting of an object that is written as the configuration has it. */
export interface SettingField {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** `share` is shown in percent; `secret` is written and never shown; `lines` is a list, one a line. */
  readonly input: 'text' | 'secret' | 'number' | 'share' | 'list' | 'lines' | 'choice' | 'switch';
  readonly choices?: readonly string[];
  /** What the choices are called, where they are not called what they are. */
  readonly choiceLabels?: readonly string[];
  readonly isRequired?: boolean;
}

export type Value = string | boolean | readonly string[];
export type SettingValues = Readonly<Record<string, Value>>;
export type Settings = Readonly<Record<string, unknown>>;

/** What is in the fields at first: what is set, or nothing. */
export function valuesOf(fields: readonly SettingField[], settings: Settings): SettingValues {
  return Object.fromEntries(
    fields.map(({ name, input, choices = [] }) => {
      const set = settings[name];
      if (input === 'list') return [name, Array.isArray(set) ? set.map(String) : []];
      if (input === 'lines') return [name, Array.isArray(set) ? set.join('\n') : ''];
      if (input === 'switch') return [name, set === true];
      if (input === 'share' && typeof set === 'number') return [name, String(set * 100)];
      const first = input === 'choice' ? (choices[0] ?? '') : '';
      return [name, typeof set === 'string' || typeof set === 'number' ? String(set) : first];
    }),
  );
}

/** What is in the fields, as the configuration has it; what is empty is left out. */
export function settingsOf(fields: readonly SettingField[], values: SettingValues): Settings {
  const settings: Record<string, unknown> = {};
  for (const { name, input } of fields) {
    const value = values[name];
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (value === undefined || value === '' || value === false || isEmpty) continue;
    if (input === 'number') settings[name] = Number(value);
    else if (input === 'share') settings[name] = Number(value) / 100;
    else if (input === 'lines') settings[name] = linesOf(String(value));
    else settings[name] = value;
  }
  return settings;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
