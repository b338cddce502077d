# SPDX-License-Identifier: Apache-2.0
"""Makes authorities and certificates with openssl, with keys of curve P-256, which are quick."""
import pathlib
import subprocess


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr


class Authority:
    """An authority in a directory of its own."""

    def __init__(self, directory: pathlib.Path, name: str):
        self.directory, self.name = directory / name, name
        self.directory.mkdir(parents=True)
        self.certificate, self.key = self.directory / "ca.pem", self.directory / "ca-key.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 3650,
                "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign", "-keyout", self.key, "-out", self.certificate)

    def sign(self, name: str, alternatives: str = "", days: int = 3650):
        """The paths of a new certificate and its key; with negative days one that has expired."""
        request, key = self.directory / f"{name}.csr", self.directory / f"{name}-key.pem"
        certificate, extra = self.directory / f"{name}.pem", self.directory / f"{name}.ext"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extra.write_text("basicConstraints=CA:FALSE\n" + (f"subjectAltName={alternatives}\n" if alternatives else ""))
        if days > 0:
            openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                    "-days", days, "-extfile", extra, "-out", certificate)
            return certificate, key
        database = self.directory / "index.txt"
        database.write_text("")
        settings = self.directory / "ca.cnf"
        settings.write_text(f"[ca]\ndefault_ca=own\n[own]\ndatabase={database}\nnew_certs_dir={self.directory}\n"
                            "rand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-config", settings, "-in", request, "-cert", self.certificate, "-keyfile", self.key,
                "-startdate", "20200101000000Z", "-enddate", "20200102000000Z", "-extfile", extra, "-notext",
                "-out", certificate)
        return certificate, key
