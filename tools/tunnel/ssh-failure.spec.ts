import type { Bastion } from './ssh-command';
import { sshFailure, type SshFailure } from './ssh-failure';

const bastion: Bastion = {
  host: 'bastion.example',
  port: 22,
  user: 'ec2-user',
  keyFile: '/home/me/ca4.pem',
  knownHostsFile: '/stack/known_hosts',
};

describe(sshFailure.name, () => {
  const failureOf = (...lines: string[]): SshFailure =>
    sshFailure(bastion, { lines, code: 255, signal: null });

  it.each<[string, string[], RegExp, SshFailure['passes']]>([
    [
      'a host key that changed',
      [
        '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
        'Host key verification failed.',
        'Connection closed by 203.0.113.7 port 22',
      ],
      /host key of bastion\.example is not the one/,
      'never',
    ],
    [
      'a key that ssh cannot read',
      [
        'Load key "/home/me/ca4.pem": error in libcrypto',
        'ec2-user@bastion.example: Permission denied (publickey).',
      ],
      /key file cannot be used \(error in libcrypto\)/,
      'never',
    ],
    [
      'a key that the bastion does not know',
      ['ec2-user@bastion.example: Permission denied (publickey).'],
      /lets ec2-user not in with this key/,
      'if-it-worked-before',
    ],
    [
      'a port that was taken meanwhile',
      [
        'bind [127.0.0.1]:9092: Address already in use',
        'channel_setup_fwd_listener_tcpip: cannot listen to port: 9092',
      ],
      /port 9092 of this machine is in use/,
      'always',
    ],
    [
      'a name that nobody knows',
      ['ssh: Could not resolve hostname bastion.example: Name or service not known'],
      /does not resolve/,
      'always',
    ],
    [
      'a machine without sshd',
      ['ssh: connect to host bastion.example port 22: Connection refused'],
      /cannot be reached: connection refused/,
      'always',
    ],
    [
      'a security group',
      ['ssh: connect to host bastion.example port 22: Connection timed out'],
      /no answer in time/,
      'always',
    ],
    [
      'a network that went away',
      ['Timeout, server bastion.example not responding.'],
      /stopped answering/,
      'always',
    ],
    [
      'a bastion that went away',
      ['Authenticated to bastion.example', 'Connection to bastion.example closed by remote host.'],
      /closed the connection/,
      'always',
    ],
    [
      'anything else',
      ['Bad configuration option: foo'],
      /ended with 255 \(Bad configuration option: foo\)/,
      'always',
    ],
  ])('knows %s', (_, lines, what, passes) => {
    const failure = failureOf(...lines);
    expect(failure.what).toMatch(what);
    expect(failure.passes).toBe(passes);
    expect(failure.nextStep).not.toBe('');
  });

  it('says how to forget the key of a bastion that was built anew', () => {
    expect(failureOf('Host key verification failed.').nextStep).toContain(
      "ssh-keygen -f '/stack/known_hosts' -R 'bastion.example'",
    );
  });

  it('names the signal that ended ssh', () => {
    expect(sshFailure(bastion, { lines: [], code: null, signal: 'SIGKILL' }).what).toBe(
      'ssh was ended by SIGKILL',
    );
  });
});
