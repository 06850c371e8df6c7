import type { Detector } from '../detector.ts';

type Form = readonly [kind: string, form: RegExp];

/** Longest stretch that one of these looks at. */
const LONGEST = 200;

function attack(name: string, forms: readonly Form[]): Detector {
  return {
    name,
    hold: LONGEST,
    needs: 0,
    find(text, from, report) {
      for (const [kind, form] of forms) {
        form.lastIndex = from;
        for (let hit = form.exec(text); hit !== null; hit = form.exec(text)) {
          report(`${name}-${kind}`, hit.index, form.lastIndex);
        }
      }
    },
  };
}

const COMMENT = String.raw`(?:\s|\/\*[^*]{0,40}\*\/|--[^\n]{0,40}\n){1,8}`;
const sqlForm = (source: string): RegExp => new RegExp(source.replaceAll('_', COMMENT), 'gi');

/** SQL where a value is expected. A sentence has no quote that is followed by a condition. */
export const sql: Detector = attack('sql', [
  [
    'condition',
    /['")]\s{0,4}(?:or|and|\|\||&&|xor)\b[\s(]{0,4}(?:not\b\s{0,3})?['"(]?\w{1,30}['")]?\s{0,4}(?:=|<|>|like\b|in\b|is\b|between\b)/gi,
  ],
  ['condition', /(?:^|[\s'")=])\s{0,3}or\s{1,4}(\d{1,6})\s{0,3}=\s{0,3}\1\b/gi],
  ['union', sqlForm(String.raw`\bunion_(?:all_|distinct_)?select\b`)],
  [
    'stacked',
    sqlForm(
      String.raw`;\s{0,8}(?:drop|delete|insert|update|alter|create|truncate|exec(?:ute)?|shutdown|grant|declare|waitfor)\b(?:_\w|\s{0,4}$)`,
    ),
  ],
  ['comment', /['")]\s{0,4}(?:--(?:\s|$|[^\w-])|#\s{0,4}$|\/\*)/g],
  [
    'time',
    /\b(?:sleep|benchmark|pg_sleep|waitfor\s{1,4}delay|dbms_pipe\.receive_message|randomblob)\s{0,3}[('"]\s{0,3}['"]?\d/gi,
  ],
  [
    'catalogue',
    /\b(?:information_schema\s{0,3}\.|sysobjects\b|sqlite_master\b|pg_catalog\s{0,3}\.|sys\.(?:tables|columns|databases)\b|xp_cmdshell\b|load_file\s{0,3}\(|into\s{1,4}(?:out|dump)file\b|extractvalue\s{0,3}\(|updatexml\s{0,3}\()/gi,
  ],
]);

/** Shell commands where a value is expected. */
export const command: Detector = attack('command', [
  [
    'chained',
    /(?:[;&|`\n]|\$\(|&&|\|\|)\s{0,4}(?:sudo\s{1,4})?(?:\/(?:usr\/)?(?:local\/)?s?bin\/)?(?:cat|ls|id|whoami|uname|wget|curl|nc|ncat|netcat|bash|sh|zsh|ksh|dash|python\d?|perl|ruby|php|node|rm|chmod|chown|ping|nslookup|dig|sleep|echo|printf|env|powershell|cmd|net\s{1,3}user|ifconfig|ip\s{1,3}a|ps|kill|tftp|ftp|telnet|awk|sed|find|xargs|tee|dd|mkfifo|crontab|systemctl|reboot|shutdown|touch|cp|mv|tail|head|base64|xxd|openssl|type|dir|certutil|bitsadmin)\b(?:\s{1,4}[-/.~$'"\w]|\s{0,4}(?:$|[;&|`)<>#]))/gi,
  ],
  ['substitution', /\$\([^)\s]{1,60}[^)]{0,100}\)|\$\{IFS\}|`[a-z]{2,20}(?:\s[^`\n]{0,80})?`/g],
  ['reverse-shell', /\/dev\/(?:tcp|udp)\/|\bbash\s{1,4}-i\b|\bnc\s{1,4}-[a-z]{0,4}e\b/gi],
  [
    'path',
    /(?:\.\.(?:\/|\\|%2f|%5c)){2,20}|\/etc\/(?:passwd|shadow|hosts)\b|\b[a-z]:\\windows\\/gi,
  ],
]);

/** Markup that runs where it is shown. */
export const xss: Detector = attack('xss', [
  [
    'element',
    /<\s{0,3}\/?\s{0,3}(?:script|iframe|object|embed|applet|meta|base|link|frameset|svg|math|template|noscript|style)\b/gi,
  ],
  ['handler', /<[a-z!/?][^<>]{0,160}?[\s/"'`]on[a-z]{3,24}\s{0,4}=/gi],
  ['handler', /["'`]\s{0,4}\/?\s{0,4}on[a-z]{3,24}\s{0,4}=\s{0,4}["'`]?[\w(]/gi],
  [
    'scheme',
    /(?:j\s{0,3}a\s{0,3}v\s{0,3}a|vb|live)\s{0,3}s\s{0,3}c\s{0,3}r\s{0,3}i\s{0,3}p\s{0,3}t\s{0,3}:|data\s{0,3}:\s{0,3}(?:text\/html|image\/svg)/gi,
  ],
  ['entity', /&#x?0{0,7}(?:6a|4a|106|74|3c|60);?/gi],
  [
    'expression',
    /\{\{[^{}]{0,80}(?:constructor|__proto__|\$on|\$eval)[^{}]{0,80}\}\}|\bdocument\s{0,2}\.\s{0,2}(?:cookie|location|write)|\b(?:eval|setTimeout|Function)\s{0,2}\(\s{0,2}(?:['"`]|atob|String\.fromCharCode)|\balert\s{0,2}\(\s{0,2}\w{0,20}\s{0,2}\)/gi,
  ],
]);
