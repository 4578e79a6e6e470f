/** The error codes of the rules system. `denied` is one that any part may throw. */
import type { ErrorDeclaration } from '../../host/errors.ts';

export type RulesErrorCode = 'bad-signature';

declare module '../../ground/errors.ts' {
  interface SystemErrorCodes extends Readonly<Record<RulesErrorCode, true>> {}
}

export const ERRORS: Readonly<Record<RulesErrorCode, ErrorDeclaration>> = {
  'bad-signature': {
    httpStatus: 422,
    meaning: 'a deny list is not signed with the key that was named for it; its last version stays in effect',
    remedy: 'ask whoever publishes the list',
  },
};
