/** Plural forms of Unicode CLDR. `#` stands for the number. */
const rules = new Map<string, Intl.PluralRules>();

export function plural(language: string, n: number, forms: Readonly<Record<string, string>>): string {
  let rule = rules.get(language);
  if (rule === undefined) {
    rule = new Intl.PluralRules(language);
    rules.set(language, rule);
  }
  const form = forms[rule.select(n)] ?? forms.other ?? '#';
  return form.replace('#', n.toLocaleString(language));
}
