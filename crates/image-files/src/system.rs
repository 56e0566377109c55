//! The system in an image, as the device will see it.

use boot_files::Source;
use disk_image::PartitionChoice;
use file_system::FileSystem;
use root_files::{Deployment, DeploymentView, deployments};

use crate::{Error, ImageFiles, Volume, deployment};

/// The root of an image as the device will see it, and the other file systems beside it.
pub struct System<'a> {
    files: &'a ImageFiles,
    root: &'a Volume,
    deployments: Vec<Deployment>,
    view: Option<(Deployment, DeploymentView<'a>)>,
}

/// Which root of an image to show.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The partition with the root file system; `None` for the only one that has one.
    pub partition: Option<PartitionChoice>,
    /// The beginning of the checksum of an OSTree deployment; `None` for the one that is booted by default.
    pub deployment: Option<String>,
}

impl<'a> System<'a> {
    /// Chooses the root file system, and in an OSTree root the deployment.
    ///
    /// # Errors
    /// As [`ImageFiles::root`]; [`Error::NoDeployment`] and [`Error::SeveralDeployments`].
    pub fn open(files: &'a ImageFiles, choice: &Choice) -> Result<Self, Error> {
        let root = files.root(choice.partition.as_ref())?;
        let at_root = |error| Error::FileSystem(root.name.clone(), error);
        let deployments = deployments(&*root.fs).map_err(at_root)?;
        let chosen = deployment::choose(files, root, &deployments, choice.deployment.as_deref())?;
        let view = chosen.map(|deployment| {
            DeploymentView::new(&*root.fs, &deployment).map(|view| (deployment, view))
        });
        Ok(System {
            files,
            root,
            deployments,
            view: view.transpose().map_err(at_root)?,
        })
    }

    /// The root: the file system, or the view of the deployment.
    pub fn root(&self) -> &dyn FileSystem {
        match &self.view {
            Some((_, view)) => view,
            None => &*self.root.fs,
        }
    }

    /// The file system that contains the root.
    pub fn volume(&self) -> &Volume {
        self.root
    }

    /// The deployment that is shown as the root; `None` if the root is not an OSTree root.
    pub fn deployment(&self) -> Option<&Deployment> {
        self.view.as_ref().map(|(deployment, _)| deployment)
    }

    /// All deployments of an OSTree root.
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }

    /// The names and roots of all file systems, that of the system first.
    pub fn file_systems(&self) -> Vec<(&str, &dyn FileSystem)> {
        let is_other = |volume: &&Volume| !std::ptr::eq(*volume, self.root);
        let others = self.files.volumes.iter().filter(is_other);
        let others = others.map(|volume| (volume.name.as_str(), &*volume.fs));
        let root = (self.root.name.as_str(), self.root());
        std::iter::once(root).chain(others).collect()
    }

    /// The file systems as [`boot_files`] takes them, that of the system first.
    pub fn sources(&self) -> Vec<Source<'_>> {
        let source = |(name, fs): (&str, _)| Source {
            name: name.to_owned(),
            fs,
        };
        self.file_systems().into_iter().map(source).collect()
    }
}
