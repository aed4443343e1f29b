"""Which store holds the artifacts."""

from importlib import import_module

from service.artifacts.directory import DirectoryStore
from service.artifacts.port import ArtifactStore
from service.settings import Settings


def artifact_store(settings: Settings) -> ArtifactStore:
    """The store that the settings name, which is not asked anything yet.

    Raises ValueError for what is no address or endpoint, and without the library for S3.
    """
    most = settings.artifact_max_bytes
    if settings.artifacts is None:
        return DirectoryStore(settings.data_dir / "artifacts", most)
    try:
        # Its library takes a while to load, and is there only with the extra `s3`.
        s3 = import_module("service.artifacts.s3")
    except ModuleNotFoundError as error:
        raise ValueError(f"artifacts on S3 need the extra tclsearch[s3]: {error}") from None
    bucket = s3.Bucket.parse(
        settings.artifacts, settings.artifacts_endpoint, settings.artifacts_region
    )
    store: ArtifactStore = s3.S3Store(s3.s3_client(bucket), bucket, most)
    return store
