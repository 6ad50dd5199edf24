//! Tools as they were released for Linux: exactly these bytes, fetched on demand.

/// A program as its makers released it.
pub struct Release {
    /// Its name on PATH.
    pub tool: &'static str,
    /// Without a `v`.
    pub version: &'static str,
    /// Where it lies; `ARCH` stands for the machine's, as Go calls it.
    pub address: &'static str,
    /// Its path in the `.tar.gz` that lies there; empty if it lies there itself.
    pub within: &'static str,
    /// SHA-256 of what lies there: architecture and hexadecimal digits.
    pub sums: [(&'static str, &'static str); 2],
}

/// One of each tool, newest that was tried here. Sums: of kubectl and helm as Kubespray
/// (`checksums.yml`) has them, of minikube its own `releases-v2.json`, of kind its release page.
pub static RELEASES: &[Release] = &[
    Release {
        tool: "helm",
        version: "3.18.4",
        address: "https://get.helm.sh/helm-v3.18.4-linux-ARCH.tar.gz",
        within: "linux-ARCH/helm",
        sums: [
            (
                "amd64",
                "f8180838c23d7c7d797b208861fecb591d9ce1690d8704ed1e4cb8e2add966c1",
            ),
            (
                "arm64",
                "c0a45e67eef0c7416a8a8c9e9d5d2d30d70e4f4d3f7bea5de28241fffa8f3b89",
            ),
        ],
    },
    Release {
        tool: "kind",
        version: "0.30.0",
        address: "https://github.com/kubernetes-sigs/kind/releases/download/v0.30.0/kind-linux-ARCH",
        within: "",
        sums: [
            (
                "amd64",
                "517ab7fc89ddeed5fa65abf71530d90648d9638ef0c4cde22c2c11f8097b8889",
            ),
            (
                "arm64",
                "7ea2de9d2d190022ed4a8a4e3ac0636c8a455e460b9a13ccf19f15d07f4f00eb",
            ),
        ],
    },
    Release {
        tool: "kubectl",
        version: "1.34.4",
        address: "https://dl.k8s.io/release/v1.34.4/bin/linux/ARCH/kubectl",
        within: "",
        sums: [
            (
                "amd64",
                "d50c359d95e0841eaad08ddc27c7be37cba8fdccfba5c8e2ded65e121ff112db",
            ),
            (
                "arm64",
                "5b982c0644ab1e27780246b9085a5886651b4a7ed86243acbb2bacc1bea01dda",
            ),
        ],
    },
    Release {
        tool: "minikube",
        version: "1.38.1",
        address: "https://github.com/kubernetes/minikube/releases/download/v1.38.1/minikube-linux-ARCH",
        within: "",
        sums: [
            (
                "amd64",
                "099477eaf248bcb5bcea8ce78a2898e93ac01461c35189da1848c3de82ecd22e",
            ),
            (
                "arm64",
                "a0b8a1ebfc8c07a247271d8df98ac0ddd7c8c855b601d402463e2e50c08c6bab",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{new_enough, tool, version_in};

    #[test]
    fn every_release_is_whole_and_new_enough() {
        for release in RELEASES {
            let version = version_in(release.version).unwrap();
            assert!(new_enough(&version, tool(release.tool).unwrap().least));
            assert!(
                release.address.contains(release.version),
                "{}",
                release.tool
            );
            for (_, sum) in release.sums {
                assert_eq!(sum.len(), 64);
                assert!(sum.bytes().all(|digit| digit.is_ascii_hexdigit()));
            }
        }
    }
}
