export class ShoalError extends Error {
    name = 'ShoalError';
    code;
    constructor(code, message, cause) {
        super(message, cause === undefined ? undefined : { cause });
        this.code = code;
    }
    /** Turns a decoder's verdict into an exception, at the edge where a person's call has to fail. */
    static fromMalformed(code, what, error) {
        return new ShoalError(code, `${what}: ${error.message} (${error.code})`);
    }
}
const SYSTEM_CODES = {
    EACCES: ['no-permission', 'permission denied'],
    EPERM: ['no-permission', 'operation not permitted'],
    EROFS: ['no-permission', 'the file system is read-only'],
    ENOSPC: ['no-space', 'no space left on the disk'],
    EDQUOT: ['no-space', 'the disk quota is used up'],
    ENOENT: ['not-found', 'no such file or folder'],
    ENOTDIR: ['not-found', 'a part of the path is not a folder'],
    EISDIR: ['name-conflict', 'a folder has that name'],
    EEXIST: ['name-conflict', 'the name is taken'],
    ENAMETOOLONG: ['unsafe-path', 'the name is too long for this file system'],
    ELOOP: ['unsafe-path', 'a symbolic link stands in the way'],
    EADDRINUSE: ['port-in-use', 'another program uses the port'],
    EMFILE: ['io-error', 'too many open files'],
    EIO: ['io-error', 'the device reported an input/output error'],
};
/** Wraps a system error (`cause.code` such as `ENOSPC`); `what` names the action and the file. */
export function fromSystemError(what, cause) {
    if (cause instanceof ShoalError)
        return cause;
    const systemCode = cause?.code;
    const known = typeof systemCode === 'string' ? SYSTEM_CODES[systemCode] : undefined;
    if (known !== undefined)
        return new ShoalError(known[0], `${what}: ${known[1]}`, cause);
    const detail = cause instanceof Error ? cause.message : String(cause);
    return new ShoalError('io-error', `${what}: ${detail}`, cause);
}
