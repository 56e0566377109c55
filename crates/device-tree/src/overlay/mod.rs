//! Applies overlays: the kernel's `Documentation/devicetree/overlay-notes.rst` and
//! `dynamic-resolution-notes.rst`, in the details as libfdt's `fdt_overlay_apply()`.

mod merge;
mod references;
mod symbols;

use crate::{DeviceTree, Error, Node};

/// The node of a fragment with the changes.
const OVERLAY: &str = "__overlay__";
/// The labels of a tree, each with the path of its node.
const SYMBOLS: &str = "__symbols__";
/// The phandles that refer to labels of the base.
const FIXUPS: &str = "__fixups__";
/// The phandles that refer to nodes of the overlay itself: nodes of the same names as those that they
/// describe.
const LOCAL_FIXUPS: &str = "__local_fixups__";

/// The maximum number of fragments of an overlay, for each of which the base is searched.
const MAX_FRAGMENTS: usize = 1024;

impl DeviceTree {
    /// Applies an overlay, as compiled by `dtc -@` from a source with `/plugin/`. Several can be
    /// applied one after another: later ones may refer to labels of earlier ones. After an error, the
    /// tree is as before.
    ///
    /// The order of nodes and properties is as by fdtoverlay(1): new ones are inserted before those
    /// that exist.
    ///
    /// # Errors
    /// [`Error::UnknownLabel`] and [`Error::UnknownTarget`] if the overlay is for another device, or the
    /// base was compiled without labels (`dtc -@`); [`Error::Overlay`] if it is invalid;
    /// [`Error::TooDeep`]; [`Error::TooLarge`] for more than 1024 fragments or 16,384 references to
    /// labels.
    pub fn apply_overlay(&mut self, overlay: &DeviceTree) -> Result<(), Error> {
        if fragments(overlay).count() > MAX_FRAGMENTS {
            let what = format!("an overlay of more than {MAX_FRAGMENTS} fragments");
            return Err(Error::TooLarge(what));
        }
        let mut base = self.clone();
        let mut overlay = overlay.clone();
        overlay.shift_phandles(base.max_phandle())?;
        overlay.resolve_labels(&base)?;
        overlay.keep_base_phandles(&base)?;
        for fragment in fragments(&overlay) {
            base.merge(fragment)?;
        }
        base.add_symbols(&overlay)?;
        *self = base;
        Ok(())
    }

    /// Returns the largest phandle, 0 if there are none.
    fn max_phandle(&self) -> u32 {
        fn max(node: &Node) -> u32 {
            let children = node.children.iter().map(max);
            children.fold(node.phandle().unwrap_or_default(), u32::max)
        }
        max(&self.root)
    }

    /// Returns the path of a fragment's target, as positions among the children.
    fn find_target(&self, fragment: &Node) -> Result<Vec<usize>, Error> {
        let name = || fragment.name.clone();
        let unknown = |target: String| Error::UnknownTarget {
            fragment: name(),
            target,
        };
        if fragment.property("target").is_some() {
            let phandle = fragment.read_u32("target");
            let phandle = phandle.ok_or_else(|| {
                Error::overlay(format!("/{}/target: expected one phandle", name()))
            })?;
            let path = self.phandle_path(phandle);
            return path.ok_or_else(|| unknown(format!("with the phandle {phandle:#x}")));
        }
        let path = fragment.read_string("target-path").ok_or_else(|| {
            Error::overlay(format!("/{}: neither target nor target-path", name()))
        })?;
        self.path_of(path).ok_or_else(|| unknown(path.to_owned()))
    }
}

/// The fragments of an overlay. Other children of the root have no changes.
fn fragments(overlay: &DeviceTree) -> impl Iterator<Item = &Node> {
    let nodes = overlay.root.children.iter();
    nodes.filter(|node| node.child(OVERLAY).is_some())
}

#[cfg(test)]
mod tests;
