//! All layers of an image, as a tree.

use std::path::Path;

use crate::images::{Images, partition_view};
use crate::partition::Partition;
use crate::{Cause, Error, Kind, MAX_LAYERS, View};

/// A layer and those inside of it.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The content.
    pub view: View,
    /// What the layer contains.
    pub kind: Kind,
    /// The partition that the layer is; `None` if it is none.
    pub partition: Option<Partition>,
    /// The decompressed content, the content of the sparse image, or the partitions.
    pub children: Vec<Layer>,
}

impl Layer {
    /// Returns this layer and all in it, each before those in it.
    pub fn all(&self) -> Vec<&Layer> {
        let mut all = vec![self];
        all.extend(self.children.iter().flat_map(Layer::all));
        all
    }
}

impl Images<'_> {
    /// Opens the file or block device at `path`, and returns all its layers, up to file systems and unknown
    /// content.
    ///
    /// A partition whose content is damaged becomes [`Kind::Damaged`], with a warning.
    ///
    /// # Errors
    /// As [`Images::open`], and if there are more than [`MAX_LAYERS`].
    pub fn layers(&mut self, path: &Path) -> Result<Layer, Error> {
        self.view_layers(View::open(path)?)
    }

    /// Returns all layers of `view`, as [`Images::layers`] does.
    ///
    /// # Errors
    /// As [`Images::layers`].
    pub fn view_layers(&mut self, view: View) -> Result<Layer, Error> {
        self.walk(view, None, &mut MAX_LAYERS.clone())
    }

    /// Calls itself for each layer inside, at most [`crate::MAX_DEPTH`] times.
    fn walk(
        &mut self,
        view: View,
        partition: Option<Partition>,
        left: &mut usize,
    ) -> Result<Layer, Error> {
        *left = left
            .checked_sub(1)
            .ok_or_else(|| Cause::TooManyLayers.into_error(view.name()))?;
        let kind = self.kind(&view)?;
        let mut children = Vec::new();
        if let Some(inner) = self.peel(&view, &kind)? {
            children.push(self.walk(inner, None, left)?);
        }
        if let Kind::Table(table) = &kind {
            // An extended partition is only a container of others, which are in the table too.
            for partition in table.partitions.iter().filter(|found| !found.is_extended()) {
                children.push(self.walk_partition(&view, partition, left)?);
            }
        }
        Ok(Layer {
            view,
            kind,
            partition,
            children,
        })
    }

    fn walk_partition(
        &mut self,
        disk: &View,
        partition: &Partition,
        left: &mut usize,
    ) -> Result<Layer, Error> {
        let view = partition_view(disk, partition)?;
        match self.walk(view.clone(), Some(partition.clone()), left) {
            Err(error) if error.cause.is_content() => {
                self.warn(&view, &format!("damaged: {error}"));
                Ok(Layer {
                    view,
                    kind: Kind::Damaged(error.to_string()),
                    partition: Some(partition.clone()),
                    children: Vec::new(),
                })
            }
            result => result,
        }
    }
}
