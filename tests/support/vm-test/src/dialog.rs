//! What a test does while the machine runs: types at the console, and starts a client.

use std::process::Command;

use crate::config::{LINK_NAME, link_name};
use crate::log::OUTPUTS;
use crate::spec::Spec;
use crate::transcript::Transcript;
use crate::{ClientExit, Vm};

/// What is replaced with the port in the client's command.
const PORT: &str = "{port}";

/// The lines and the client of a test, each due once the console shows its text.
#[derive(Debug)]
pub struct Dialog<'a> {
    spec: &'a Spec,
    /// How many were typed or started.
    done: usize,
    /// The command line of the client while it runs.
    client: Option<String>,
}

impl<'a> Dialog<'a> {
    pub fn new(spec: &'a Spec) -> Self {
        Dialog {
            spec,
            done: 0,
            client: None,
        }
    }

    /// The texts of the console that it waits for, in this order.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let lines = self.spec.script.iter().map(|line| line.expect.as_str());
        lines.chain(self.spec.client.iter().map(|client| client.after.as_str()))
    }

    /// Types and starts what is due once the console has shown `seen` of the texts.
    pub fn advance(&mut self, seen: usize, vm: &mut Vm) -> Result<(), String> {
        while self.done < seen {
            let step = self.done;
            self.done += 1;
            match self.spec.script.get(step) {
                Some(line) => vm
                    .send(&format!("{}\n", line.send))
                    .map_err(|error| format!("cannot type at the console: {error}"))?,
                None if step == self.spec.script.len() => self.start_client(vm)?,
                None => {}
            }
        }
        Ok(())
    }

    fn start_client(&mut self, vm: &mut Vm) -> Result<(), String> {
        let Some(client) = &self.spec.client else {
            return Ok(());
        };
        let report = |error| format!("the client: {error}");
        let mut words = client.command.clone();
        for word in words.iter_mut().filter(|word| word.contains(PORT)) {
            let port = vm.udp_port().map_err(report)?.to_string();
            *word = word.replace(PORT, &port);
        }
        let (program, arguments) = words.split_first().ok_or("the client: no command")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env(LINK_NAME, link_name())
            // If it is this program, its console is its output.
            .env_remove(OUTPUTS);
        vm.start_client(&mut command)
            .map_err(|error| format!("{program}: {error}"))?;
        self.client = Some(words.join(" "));
        Ok(())
    }

    /// The command line of the client, if it runs.
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// Checks the status and the output of the client, which has exited.
    pub fn check_client(&mut self, exit: &ClientExit) -> Result<(), String> {
        self.client = None;
        if !exit.status.success() {
            return Err(format!("the client failed: {}", exit.status));
        }
        let expect = self.spec.client.iter().flat_map(|client| &client.expect);
        let mut transcript = Transcript::new(expect.map(String::as_str).collect(), Vec::new());
        transcript.add(&exit.output)?;
        match transcript.missing() {
            Some(text) => Err(format!("missing output {text:?} of the client")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clean_build::write_script;

    use crate::run::run;

    /// Stands in for QEMU: has a UDP socket on 127.0.0.1, echoes a line, and runs until it is killed.
    const MACHINE: &str = "#!/bin/bash
exec 3<>/dev/udp/127.0.0.1/9
printf 'prompt> '; read -r line; echo \"typed $line\"; read -r line";

    /// Runs a test of that machine with a client, a shell command that has to print `expect`.
    fn run_client(machine: &str, client: &str, expect: &str) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let qemu = directory.path().join("qemu");
        write_script(&qemu, machine).unwrap();
        let spec = serde_json::json!({
            "machine": "aarch64",
            "qemu": qemu,
            "boot": {"firmware": {"image": "firmware", "udp_port": 5554, "host_port": 0}},
            "disks": [],
            "memory": 512,
            "deadline": 60,
            "script": [{"expect": "prompt> ", "send": "hello"}],
            "client": {
                "after": "typed hello",
                "command": ["sh", "-c", client],
                "expect": [expect],
            },
            "expect": [],
            "forbid": [],
            "end": "expected",
            "fails_with": null,
        });
        run(&serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn types_and_starts_the_client() {
        let result = run_client(MACHINE, "test {port} -gt 0 && echo port {port}", "port ");
        assert_eq!(result, Ok("all expected output; stopped".to_owned()));
    }

    #[test]
    fn fails_if_the_client_fails() {
        let message = run_client(MACHINE, "echo a; echo b >&2; exit 3", "a").unwrap_err();
        assert_eq!(message, "the client failed: exit status: 3");
    }

    #[test]
    fn fails_if_the_client_prints_something_else() {
        let message = run_client(MACHINE, "echo a", "b").unwrap_err();
        assert_eq!(message, "missing output \"b\" of the client");
    }

    #[test]
    fn fails_if_no_port_is_forwarded() {
        let machine = MACHINE.replace("exec 3", "# ");
        let message = run_client(&machine, "true {port}", "").unwrap_err();
        assert_eq!(message, "the client: no UDP socket on 127.0.0.1");
    }
}
