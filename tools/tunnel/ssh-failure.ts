import { forgetHostKeyCommand, type Bastion } from './ssh-command';

/** Why a connection to the bastion ended, for a human. */
export interface SshFailure {
  /** Short: it stands in a status line. */
  readonly what: string;
  readonly nextStep: string;
  /** Whether another attempt may do better: a wrong key never does, unless it worked before. */
  readonly passes: 'always' | 'if-it-worked-before' | 'never';
}

export interface SshEnding {
  /** What ssh wrote on standard error, the latest last. */
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Sign {
  readonly says: RegExp;
  readonly means: (bastion: Bastion, found: RegExpExecArray) => SshFailure;
}

/** The first that applies: one cause draws several lines. */
const signs: readonly Sign[] = [
  {
    says: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
    means: (bastion) => ({
      what: `the host key of ${bastion.host} is not the one that was remembered`,
      nextStep:
        'Somebody may be in between: do not go on before you know why. If the bastion was built anew, forget its ' +
        `old key and start the tunnel again:\n  ${forgetHostKeyCommand(bastion)}`,
      passes: 'never',
    }),
  },
  {
    says: /Load key "[^"]*": (.+)/,
    means: ({ keyFile }, [, reason = '']) => ({
      what: `the key file cannot be used (${reason.trim()})`,
      nextStep:
        `BASTION_KEY must name a private key of OpenSSH without a passphrase, or load it into ssh-agent ` +
        `(ssh-add ${keyFile ?? 'FILE'}) and leave BASTION_KEY out.`,
      passes: 'never',
    }),
  },
  {
    says: /Permission denied \(/,
    means: ({ user, host, keyFile }) => ({
      what: `${host} lets ${user} not in with ${keyFile === undefined ? "ssh's own keys" : 'this key'}`,
      nextStep:
        `Check BASTION_USER (${user}) and BASTION_KEY (${keyFile ?? "not set: ssh's own keys and agent are tried"}); ` +
        "the key's public half must stand in that user's authorized_keys on the bastion.",
      passes: 'if-it-worked-before',
    }),
  },
  {
    says: /bind \[[^\]]*\]:(\d+): Address already in use|cannot listen to port: (\d+)/,
    means: (_, [, bound, refused]) => ({
      what: `port ${bound ?? refused ?? ''} of this machine is in use`,
      nextStep: 'End the program that holds it, or choose another port.',
      passes: 'always',
    }),
  },
  {
    says: /Could not resolve hostname/,
    means: ({ host }) => unreachable(host, 'the name does not resolve'),
  },
  { says: /Connection refused/, means: ({ host }) => unreachable(host, 'connection refused') },
  { says: /No route to host/, means: ({ host }) => unreachable(host, 'no route to it') },
  { says: /Network is unreachable/, means: ({ host }) => unreachable(host, 'no network') },
  {
    says: /Timeout, server .* not responding/,
    means: ({ host }) => lost(`${host} stopped answering`),
  },
  {
    says: /Connection timed out|Operation timed out|timed out during banner/,
    means: ({ host }) => unreachable(host, 'no answer in time'),
  },
  {
    says: /Connection (closed|reset)|closed by remote host|Broken pipe|kex_exchange_identification/,
    means: ({ host }) => lost(`${host} closed the connection`),
  },
];

/** What the end of an ssh process means. */
export function sshFailure(bastion: Bastion, { lines, code, signal }: SshEnding): SshFailure {
  for (const { says, means } of signs) {
    for (const line of lines.toReversed()) {
      const found = says.exec(line);
      if (found) return means(bastion, found);
    }
  }
  if (signal !== null) return lost(`ssh was ended by ${signal}`);
  const last = lines.findLast((line) => !/^(Transferred|Bytes per second|Authenticated to)/.test(line));
  return lost(`ssh ended with ${code ?? 'no code'}${last === undefined ? '' : ` (${last})`}`);
}

function unreachable(host: string, reason: string): SshFailure {
  return {
    what: `${host} cannot be reached: ${reason}`,
    nextStep:
      'Check BASTION_HOST and BASTION_PORT, whether the bastion runs, and whether its security group admits the ' +
      'address you come from now.',
    passes: 'always',
  };
}

function lost(what: string): SshFailure {
  return { what, nextStep: 'Nothing to do unless it goes on.', passes: 'always' };
}
