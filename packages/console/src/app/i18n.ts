import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from '../text/en/index.ts';

/** A key that is not in the English texts does not compile. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

/** Another language is another object of the shape of `en`. */
export function texts(): i18n {
  const instance = createInstance();
  void instance.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    // React escapes what it shows; escaping here would show the escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  return instance;
}
