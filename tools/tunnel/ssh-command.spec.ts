import { forgetHostKeyCommand, sshArguments, type Bastion } from './ssh-command';
import type { Forward } from './forward';

const bastion: Bastion = {
  host: '203.0.113.7',
  port: 22,
  user: 'ec2-user',
  keyFile: '/home/me/ca4.pem',
  knownHostsFile: '/a b/100%/known_hosts',
};
const kafka: Forward = {
  name: 'kafka',
  kind: 'kafka',
  localPort: 9092,
  target: { host: 'kafka-0.kafka-svc', port: 9092 },
};

describe(sshArguments.name, () => {
  const args = sshArguments(bastion, [kafka]);

  it('asks for the forwards on loopback alone, and for nothing else', () => {
    expect(args).toEqual(expect.arrayContaining(['-N', '-T', '-L', '127.0.0.1:9092:kafka-0.kafka-svc:9092']));
    expect(args.slice(-5)).toEqual(['-p', '22', '-l', 'ec2-user', '--', '203.0.113.7'].slice(-5));
  });

  it.each([
    'BatchMode=yes',
    'ExitOnForwardFailure=yes',
    'ServerAliveInterval=5',
    'StrictHostKeyChecking=accept-new',
    'ForwardAgent=no',
    'IdentitiesOnly=yes',
  ])('sets %s', (option) => {
    expect(args[args.indexOf(option) - 1]).toBe('-o');
  });

  it('quotes the file of known hosts as ssh reads it', () => {
    expect(args).toContain('UserKnownHostsFile="/a b/100%%/known_hosts"');
  });

  it('leaves the choice of the key to ssh where none is named', () => {
    const own = sshArguments({ ...bastion, keyFile: undefined }, [kafka]);
    expect(own).not.toContain('-i');
    expect(own).not.toContain('IdentitiesOnly=yes');
  });
});

describe(forgetHostKeyCommand.name, () => {
  it('names the host as ssh remembers it', () => {
    expect(forgetHostKeyCommand({ ...bastion, port: 2222 })).toBe(
      "ssh-keygen -f '/a b/100%/known_hosts' -R '[203.0.113.7]:2222'",
    );
  });
});
