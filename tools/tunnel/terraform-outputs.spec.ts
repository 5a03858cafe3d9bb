import { readOutputs, terraformOutputs } from './terraform-outputs';

const output = (value: unknown): object => ({ sensitive: false, type: 'string', value });

describe(readOutputs.name, () => {
  it('takes what a tunnel needs and leaves the rest alone', () => {
    const json = JSON.stringify({
      bastion_public_ip: output('203.0.113.7'),
      ssh_private_key_path: output('../../keys/ca4.pem'),
      vpc: { sensitive: false, type: ['object', {}], value: { id: 'vpc-1' } },
    });
    expect(readOutputs(json, '/repo/infra/terraform/environments/aws')).toEqual({
      values: {
        bastion_public_ip: '203.0.113.7',
        ssh_private_key_path: '/repo/infra/terraform/keys/ca4.pem',
      },
    });
  });

  it('says so where nothing was applied yet', () => {
    expect(readOutputs('{}', '/repo/aws').problem).toMatch(
      /no output bastion_public_ip: run terraform apply/,
    );
  });
});

describe(terraformOutputs.name, () => {
  it('has none where the environment does not exist', () => {
    expect(terraformOutputs('/nowhere', 'aws')).toEqual({
      values: {},
      problem: 'there is no infra/terraform/environments/aws',
    });
  });
});
