type Claims = Readonly<Record<string, unknown>>;

/**
 * What the ID token and the userinfo endpoint say of one person: the ID token counts first, as far as it says something. Whether
 * an email is verified was said of one email and of no other: the two are taken together from where the email comes from, and
 * completed only where both sources name the same email.
 */
export function mergeClaims(idToken: Claims, userinfo: Claims): Claims {
  const { email: idTokenEmail, email_verified: said, ...idTokenRest } = idToken;
  const idTokenWord = said ?? undefined;
  const { email: userinfoEmail, email_verified: userinfoWord, ...userinfoRest } = userinfo;
  const rest = {
    ...userinfoRest,
    ...Object.fromEntries(Object.entries(idTokenRest).filter(([, value]) => says(value))),
  };
  if (!says(idTokenEmail)) {
    // An ID token that doubts an email which it does not name is believed, too.
    const word = idTokenWord === undefined || idTokenWord === true ? userinfoWord : idTokenWord;
    return { ...rest, email: userinfoEmail, email_verified: word };
  }
  const word = idTokenWord === undefined && idTokenEmail === userinfoEmail ? userinfoWord : idTokenWord;
  return { ...rest, email: idTokenEmail, email_verified: word };
}

function says(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}
